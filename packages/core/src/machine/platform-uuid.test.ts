import { expect, test } from 'vitest';
import { platformUuid } from './platform-uuid.ts';

test.each([
  ['recorded from an AMT 12 machine', '13AEE355D2BFBB6117A088AEDD7037EA', '55e3ae13-bfd2-61bb-17a0-88aedd7037ea'],
  ['with hyphens', '13AEE355-D2BF-BB61-17A0-88AEDD7037EA', '55e3ae13-bfd2-61bb-17a0-88aedd7037ea'],
  ['never programmed', '0'.repeat(32), undefined],
  ['of a careless maker', '00020003000400050006000700080009', undefined],
  ['cut short', '13AEE355', undefined],
  ['empty', '', undefined],
])('a platform GUID %s', (_name, guid, uuid) => {
  expect(platformUuid(guid)).toBe(uuid);
});
