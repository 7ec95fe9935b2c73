/** The part of the bridge's settings that is about alerts. */
import { z } from 'zod';
import { parseHost } from './hosts.ts';
import { mapping, port } from './terms.ts';

const advertised = z.string().superRefine((text, context) => {
  try {
    parseHost(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: `must be a name or an address: ${(error as Error).message}` });
  }
});

/** How the bridge learns of what happens at machines. */
export const alertsSchema = mapping({
  /** Off, and nothing but changed readings is told. */
  enabled: z.boolean().default(true),
  /** Address to listen on for what machines post, 0.0.0.0 for all of them. @default nowhere: event logs are read */
  listen: z.exactOptional(z.string().min(1)),
  /** 0 asks the system for a free one. */
  port: z.int().min(0).max(65_535).default(16_999),
  /** Name or address, and port, that machines reach the bridge at. @default what leads to each */
  advertise: z.exactOptional(advertised),
  /** Files in PEM: machines post over TLS. */
  cert: z.exactOptional(z.string().min(1)),
  key: z.exactOptional(z.string().min(1)),
  /** Machines have to log in when they post. */
  login: z.boolean().default(false),
  /** UDP port for SNMP traps. @default none are heard */
  petPort: z.exactOptional(port),
}).superRefine(({ cert, key, listen }, context) => {
  if ((cert === undefined) !== (key === undefined)) {
    const missing = cert === undefined ? 'cert' : 'key';
    context.addIssue({ code: 'custom', path: [missing], message: 'is missing: cert and key belong together' });
  }
  if (cert !== undefined && listen === undefined) {
    context.addIssue({ code: 'custom', path: ['listen'], message: 'is missing: a certificate is for who listens' });
  }
});
