import { describe, expect, it } from 'vitest';
import { withoutSecrets } from './secrets.ts';

const NAMES = [
  'DigestPassword',
  'NetworkAdminPassword',
  'RFBPassword',
  'RSEPassword',
  'OptInCode',
  'Password',
  'PSKPassPhrase',
  'PSKValue',
  'Secret',
  'MasterKey',
  'KeyBlob',
  'ProvisioningServerOTP',
  'UefiBootParametersArray',
];

describe('A trace', () => {
  it.each(NAMES)('does not show what %s holds', (name) => {
    expect(withoutSecrets(`<r:${name}>h&amp;dden</r:${name}>`)).toBe(`<r:${name}>***</r:${name}>`);
    expect(withoutSecrets(`<${name} Type="x">h1dden\n</${name}>`)).toBe(`<${name} Type="x">***</${name}>`);
  });

  it('shows everything else', () => {
    const xml = '<h:UserName>admin</h:UserName><h:DigestRealm>Digest:A3</h:DigestRealm><h:OptInState>0</h:OptInState>';
    expect(withoutSecrets(xml)).toBe(xml);
    expect(withoutSecrets('<r:Password></r:Password>')).toBe('<r:Password></r:Password>');
  });
});
