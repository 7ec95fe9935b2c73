import { describe, expect, test } from 'vitest';
import { adviceFor } from './advisories.ts';

describe('A firmware version', () => {
  test.each([
    ['6.1.0', '1044', '6.2.61.3535'],
    ['7.1.20', '1119', '7.1.91.3272'],
    ['8.1.40', '1416', '8.1.71.3608'],
    ['9.1.20', '1035', '9.1.41.3024'],
    ['9.5.15', '1730', '9.5.61.3012'],
    ['10.0.30', '1072', '10.0.55.3000'],
    ['11.0.18', '1002', '11.0.25.3001'],
    ['11.6.20', '1221', '11.6.27.3264'],
  ])('%s.%s is open to everybody, and %s is not', (version, build, advised) => {
    expect(adviceFor(version, build)).toMatchObject({
      installed: `${version}.${build}`,
      advised,
      advisory: expect.stringContaining('INTEL-SA-00075'),
      url: expect.stringMatching(/^https:/),
    });
    expect(adviceFor(advised.split('.').slice(0, 3).join('.'), advised.split('.')[3] ?? '').advisory).toBe('');
  });

  test.each([
    ['5.2.0', '1008'],
    ['11.0.22', '3001'],
    ['11.7.0', '1229'],
    ['11.8.50', '3425'],
    ['12.0.67', '1579'],
    ['19.0.5', '1870'],
  ])('%s.%s has nothing known against it', (version, build) => {
    const installed = `${version}.${build}`;
    expect(adviceFor(version, build)).toEqual({ installed, advised: installed, advisory: '', url: '' });
  });

  test('without its build number is not judged', () => {
    expect(adviceFor('11.6.20', '')).toEqual({ installed: '11.6.20', advised: '11.6.20', advisory: '', url: '' });
  });
});
