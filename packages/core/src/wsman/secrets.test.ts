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

  it('does not show where alerts are posted to, nor what with', () => {
    const to = '<a:Address>http://10.0.0.5:16999/amtkit/alerts/7f3a00c0ffee</a:Address>';
    expect(withoutSecrets(to)).toBe('<a:Address>http://10.0.0.5:16999/amtkit/alerts/***</a:Address>');
    const login = '<se:Password Type="x#PasswordText">s3cret</se:Password>';
    expect(withoutSecrets(login)).toBe('<se:Password Type="x#PasswordText">***</se:Password>');
  });

  it('shows everything else', () => {
    const xml = '<h:UserName>admin</h:UserName><h:DigestRealm>Digest:A3</h:DigestRealm><h:OptInState>0</h:OptInState>';
    expect(withoutSecrets(xml)).toBe(xml);
    expect(withoutSecrets('<r:Password></r:Password>')).toBe('<r:Password></r:Password>');
  });
});
