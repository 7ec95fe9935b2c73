/** TLS: settings that hold from the next CommitChanges on, and the certificates behind them. */
import { X509Certificate } from 'node:crypto';
import type { Reference } from '@amtkit/core/wire';
import { type Behavior, type Call, type Output, SoapFault } from '../behavior.ts';
import type { Firmware } from '../firmware.ts';
import { type Instance, isReference, list, type Properties, text } from '../values.ts';
import { matches } from '../wsman/selecting.ts';
import { recordAudit } from './audit-log.ts';
import { mergedPut } from './settings.ts';

const SETTINGS = 'AMT_TLSSettingData';
const CERTIFICATES = 'AMT_PublicKeyCertificate';
const KEYS = 'AMT_PublicPrivateKeyPair';
const CONTEXT = 'AMT_TLSCredentialContext';
const REMOTE = 'Intel(r) AMT 802.3 TLS Settings';
/** Certificates of all kinds the store holds. */
const MOST = 8;

/** PT_STATUS. */
const Status = { success: 0, maxLimit: 23, duplicate: 2058, invalidCertificate: 2063 } as const;

/** Answers for TLS settings and the certificate store. */
export const tls: Behavior = {
  name: 'tls',

  async enumerate(firmware, { className }) {
    if (firmware.instances(className) === undefined) return undefined;
    if (className === CERTIFICATES) return await certificatesNow(firmware);
    return className === KEYS ? await keysNow(firmware) : undefined;
  },

  put(firmware, call) {
    if (call.className === SETTINGS) return putSettings(firmware, call);
    return call.className === CONTEXT ? putContext(firmware, call) : undefined;
  },

  create(firmware, call) {
    if (call.className !== CONTEXT) return undefined;
    if ((firmware.instances(CONTEXT) ?? []).length > 0) throw new SoapFault('AlreadyExists');
    const { properties } = contextOf(firmware, call.input);
    firmware.change(() => firmware.store(CONTEXT, [properties]));
    return { className: CONTEXT, selectors: properties as Record<string, Reference> };
  },

  delete(firmware, call) {
    if (call.className === CONTEXT) return deleteContext(firmware);
    return call.className === CERTIFICATES ? deleteCertificate(firmware, call) : undefined;
  },

  invoke(firmware, call) {
    if (call.className === 'AMT_SetupAndConfigurationService' && call.method === 'CommitChanges') {
      commit(firmware, call);
      return { ReturnValue: Status.success };
    }
    if (call.className !== 'AMT_PublicKeyManagementService') return undefined;
    if (call.method === 'AddTrustedRootCertificate') return addCertificate(firmware, call, true);
    if (call.method === 'AddCertificate') return addCertificate(firmware, call, false);
    return undefined;
  },
};

/** The first one is the PC's own, whatever stands in the file: what the TLS server really shows. */
async function certificatesNow(firmware: Firmware): Promise<Instance[]> {
  const own = await firmware.certificate();
  return (firmware.instances(CERTIFICATES) ?? []).map((properties) => ({
    className: CERTIFICATES,
    properties: isOwn(properties)
      ? {
          ...properties,
          Issuer: own.subject,
          Subject: own.subject,
          X509Certificate: Buffer.from(own.der).toString('base64'),
        }
      : properties,
  }));
}

async function keysNow(firmware: Firmware): Promise<Instance[]> {
  const { publicKey } = await firmware.certificate();
  const DERKey = Buffer.from(publicKey).toString('base64');
  return (firmware.instances(KEYS) ?? []).map((properties) => ({
    className: KEYS,
    properties: text(properties.InstanceID).endsWith('Handle: 0') ? { ...properties, DERKey } : properties,
  }));
}

function isOwn(certificate: Properties): boolean {
  return text(certificate.InstanceID).endsWith('Handle: 0');
}

function putSettings(firmware: Firmware, call: Call): Instance {
  const all = firmware.instances(SETTINGS) ?? [];
  const instances = all.map((properties) => ({ className: SETTINGS, properties }));
  const { index, properties } = mergedPut(call, instances, {
    fixed: ['ElementName'],
    refused: ['NonSecureConnectionsSupported'],
  });
  const enabled = text(properties.Enabled) === 'true';
  const plain = text(properties.AcceptNonSecureConnections) === 'true';
  if (!firmware.profile.plain && (plain || !enabled)) throw new SoapFault('InvalidRepresentation');
  if (enabled && (firmware.instances(CONTEXT) ?? []).length === 0) throw new SoapFault('InvalidRepresentation');
  firmware.change(() => firmware.store(SETTINGS, all.with(index, properties)));
  return { className: SETTINGS, properties };
}

/** Makes the settings hold. The web server is away for some seconds when they differ, after its answer. */
function commit(firmware: Firmware, { account, address }: Call): void {
  const remote = (firmware.instances(SETTINGS) ?? []).find((each) => text(each.InstanceID) === REMOTE) ?? {};
  const enabled = text(remote.Enabled) === 'true';
  // Without TLS there is no other way in, whatever the settings say.
  const plain = !enabled || text(remote.AcceptNonSecureConnections) === 'true';
  const { tls: now } = firmware.state;
  if (now.enabled === enabled && now.plain === plain) return;
  recordAudit(firmware, {
    application: 16,
    event: 7,
    user: account.name,
    address,
    data: Uint8Array.of(enabled ? 1 : 0, 0),
  });
  firmware.clock.after(ANSWERED_MS, () => {
    firmware.change((state) => {
      state.tls = { enabled, plain, restarting: true };
    });
    firmware.later(firmware.quirks.tlsRestartSeconds * 1000, () =>
      firmware.change((state) => {
        state.tls.restarting = false;
      }),
    );
  });
}

/** Milliseconds until an answer has left. */
const ANSWERED_MS = 50;

function putContext(firmware: Firmware, call: Call): Instance {
  const context = contextOf(firmware, call.input);
  if ((firmware.instances(CONTEXT) ?? []).length === 0) throw new SoapFault('InvalidSelectors');
  firmware.change(() => firmware.store(CONTEXT, [context.properties]));
  return context;
}

/** A context as it is asked for. The server can only show a certificate whose key it has. */
function contextOf(firmware: Firmware, input: Properties): Instance {
  const certificate = input.ElementInContext;
  if (!isReference(certificate) || certificate.className !== CERTIFICATES) throw new SoapFault('InvalidRepresentation');
  const known = (firmware.instances(CERTIFICATES) ?? []).find((each) => matches(each, certificate.selectors));
  if (known === undefined) throw new SoapFault('InvalidRepresentation');
  if (!isOwn(known)) throw new SoapFault('InternalError', 'AMT-STATUS 2060');
  const collection = {
    className: 'AMT_TLSProtocolEndpointCollection',
    // Consoles send another spelling; this is the one firmware shows.
    selectors: { ElementName: 'TLSProtocolEndpoint Instances Collection' },
  };
  return { className: CONTEXT, properties: { ElementInContext: certificate, ElementProvidingContext: collection } };
}

function deleteContext(firmware: Firmware): 'deleted' {
  if (firmware.state.tls.enabled) throw new SoapFault('AccessDenied');
  firmware.change(() => firmware.store(CONTEXT, []));
  return 'deleted';
}

function deleteCertificate(firmware: Firmware, { selectors }: Call): 'deleted' {
  const all = firmware.instances(CERTIFICATES) ?? [];
  const found = all.find((each) => matches(each, selectors));
  if (found === undefined || Object.keys(selectors).length === 0) throw new SoapFault('InvalidSelectors');
  const used = (firmware.instances(CONTEXT) ?? []).some(({ ElementInContext: of }) =>
    list(of).some((each) => isReference(each) && matches(found, each.selectors)),
  );
  if (used) throw new SoapFault('AccessDenied');
  firmware.change(() =>
    firmware.store(
      CERTIFICATES,
      all.filter((each) => each !== found),
    ),
  );
  return 'deleted';
}

function addCertificate(firmware: Firmware, { input, account, address }: Call, trusted: boolean): Output {
  const all = firmware.instances(CERTIFICATES) ?? [];
  const blob = text(input.CertificateBlob);
  const certificate = parse(blob);
  if (certificate === undefined) return { ReturnValue: Status.invalidCertificate };
  if (all.some((each) => text(each.X509Certificate) === blob)) return { ReturnValue: Status.duplicate };
  if (all.length >= MOST) return { ReturnValue: Status.maxLimit };
  const numbers = all.map((each) => Number(text(each.InstanceID).replace(/^.*Handle: /, '')));
  const InstanceID = `Intel(r) AMT Certificate: Handle: ${1 + Math.max(-1, ...numbers)}`;
  const added = {
    ElementName: 'Intel(r) AMT Certificate',
    InstanceID,
    Issuer: nameOf(certificate.issuer),
    Subject: nameOf(certificate.subject),
    TrustedRootCertficate: trusted,
    X509Certificate: blob,
  };
  firmware.change(() => firmware.store(CERTIFICATES, [...all, added]));
  recordAudit(firmware, { application: 16, event: trusted ? 10 : 8, user: account.name, address });
  return {
    CreatedCertificate: { className: CERTIFICATES, selectors: { InstanceID } },
    ReturnValue: Status.success,
  };
}

function parse(blob: string): X509Certificate | undefined {
  try {
    return new X509Certificate(Buffer.from(blob, 'base64'));
  } catch {
    return undefined;
  }
}

/** A name on one line, as firmware shows it. */
function nameOf(lines: string): string {
  return lines.split('\n').join(',');
}
