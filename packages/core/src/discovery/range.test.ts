import { describe, expect, test } from 'vitest';
import { InvalidRange, MAX_ADDRESSES } from './address-forms.ts';
import { formatAddress } from './addresses.ts';
import { parseRange } from './range.ts';

/** First and last address of every span: `10.0.0.1-10.0.0.9`. */
function spansOf(text: string, allowHuge = false): string[] {
  return parseRange(text, { allowHuge }).spans.map(
    ({ first, last }) => `${formatAddress(first)}-${formatAddress(last)}`,
  );
}

describe('addresses', () => {
  test.each<[typed: string, count: number, spans: string[]]>([
    ['192.168.1.10', 1, ['192.168.1.10-192.168.1.10']],
    ['192.168.1.0', 1, ['192.168.1.0-192.168.1.0']],
    ['192.168.1.0/24', 254, ['192.168.1.1-192.168.1.254']],
    ['192.168.1.10/24', 254, ['192.168.1.1-192.168.1.254']],
    ['192.168.1.8/30', 2, ['192.168.1.9-192.168.1.10']],
    ['192.168.1.8/31', 2, ['192.168.1.8-192.168.1.9']],
    ['192.168.1.8/32', 1, ['192.168.1.8-192.168.1.8']],
    ['10.0.0.0/255.255.255.0', 254, ['10.0.0.1-10.0.0.254']],
    ['10.0.0.0/255.255.255.255', 1, ['10.0.0.0-10.0.0.0']],
    ['10.0.0.0/16', 65_534, ['10.0.0.1-10.0.255.254']],
    ['200.1.2.0/24', 254, ['200.1.2.1-200.1.2.254']],
    ['192.168.1.10-192.168.1.20', 11, ['192.168.1.10-192.168.1.20']],
    ['192.168.1.10 - 192.168.1.20', 11, ['192.168.1.10-192.168.1.20']],
    ['192.168.1.10 – 192.168.1.20', 11, ['192.168.1.10-192.168.1.20']],
    ['192.168.1.10-20', 11, ['192.168.1.10-192.168.1.20']],
    ['10.0.0.1-20', 20, ['10.0.0.1-10.0.0.20']],
    ['10.0.0.7-7', 1, ['10.0.0.7-10.0.0.7']],
    ['192.168.1.*', 256, ['192.168.1.0-192.168.1.255']],
    ['192.168.1-3.*', 768, ['192.168.1.0-192.168.3.255']],
    ['10.0.1-2.5-6', 4, ['10.0.1.5-10.0.1.6', '10.0.2.5-10.0.2.6']],
    ['10.0.*.1', 256, Array.from({ length: 256 }, (_, i) => `10.0.${i}.1-10.0.${i}.1`)],
    ['127.255.255.250-128.0.0.5', 12, ['127.255.255.250-128.0.0.5']],
    ['127.0.0.1', 1, ['127.0.0.1-127.0.0.1']],
    ['127.0.1.0/24', 254, ['127.0.1.1-127.0.1.254']],
    ['126.255.255.255-128.0.0.0', 2, ['126.255.255.255-126.255.255.255', '128.0.0.0-128.0.0.0']],
    ['223.255.255.254-224.0.0.9', 2, ['223.255.255.254-223.255.255.255']],
    ['10.0.0.1, 10.0.0.2', 2, ['10.0.0.1-10.0.0.2']],
    ['10.0.0.1;10.0.0.3 10.0.0.5\n10.0.0.7', 4, [1, 3, 5, 7].map((n) => `10.0.0.${n}-10.0.0.${n}`)],
    ['10.0.0.1-20, 10.0.0.10-30', 30, ['10.0.0.1-10.0.0.30']],
    ['10.0.0.1 # the old server, 10.0.0.9\n10.0.0.2', 2, ['10.0.0.1-10.0.0.2']],
    ['10.0.0.0/24, !10.0.0.5', 253, ['10.0.0.1-10.0.0.4', '10.0.0.6-10.0.0.254']],
    ['!10.0.0.0/25 10.0.0.0/24', 128, ['10.0.0.127-10.0.0.254']],
    ['10.0.0.0/24 ! 10.0.0.2-254', 1, ['10.0.0.1-10.0.0.1']],
    ['172.16.0.0/14', 262_142, ['172.16.0.1-172.19.255.254']],
  ])('%s', (typed, count, spans) => {
    const range = parseRange(typed);
    expect(spansOf(typed)).toEqual(spans);
    expect(range.count).toBe(count);
    expect(range.hosts).toEqual([]);
  });

  test('come in order and one by one', () => {
    const range = parseRange('10.0.0.9, 10.0.0.1-3');
    expect([...range.addresses()].map(formatAddress)).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.9']);
  });

  test('of a huge range are counted without being listed', () => {
    expect(parseRange('10.0.0.0/8', { allowHuge: true }).count).toBe(16_777_214);
    expect(spansOf('*.*.*.*', true)).toEqual(['1.0.0.0-126.255.255.255', '128.0.0.0-223.255.255.255']);
    const { value } = parseRange('0.0.0.0/0', { allowHuge: true }).addresses().next();
    expect(formatAddress(value ?? 0)).toBe('1.0.0.0');
  });

  test('may carry the port of WS-Management', () => {
    const range = parseRange('10.0.0.1:16995, 10.0.0.8/30:443, 10.0.0.2');
    expect(range.count).toBe(4);
    expect(range.portOf(0x0a000001)).toBe(16995);
    expect(range.portOf(0x0a000009)).toBe(443);
    expect(range.portOf(0x0a000002)).toBeUndefined();
  });
});

describe('names', () => {
  test.each([
    ['my-host', { host: 'my-host' }],
    ['office-pc.example.org.', { host: 'office-pc.example.org.' }],
    ['office-pc:16993', { host: 'office-pc', port: 16993 }],
    ['pc7', { host: 'pc7' }],
    ['3com', { host: '3com' }],
    ['localhost', { host: 'localhost' }],
    ['fe80::1%eth0', { host: 'fe80::1%eth0' }],
    ['::1', { host: '::1' }],
    ['[2001:db8::7]:16993', { host: '2001:db8::7', port: 16993 }],
  ])('%s is left to the resolver', (typed, host) => {
    const range = parseRange(typed);
    expect(range.hosts).toEqual([host]);
    expect(range.count).toBe(0);
  });

  test('are kept once, beside addresses', () => {
    const range = parseRange('office-pc, 10.0.0.1, office-pc');
    expect(range.hosts).toEqual([{ host: 'office-pc' }]);
    expect(range.count).toBe(1);
  });
});

describe('mistakes', () => {
  test.each([
    ['', 'No address was given'],
    ['# 10.0.0.1', 'No address was given'],
    ['192.168.1.300', '192.168.1.300 is not an address: 300 is above 255.'],
    ['192.168.1.10-300', '192.168.1.10-300 is not an address: 300 is above 255.'],
    ['10-20', '10-20 is not an address: four numbers with dots between belong there, as in 192.168.1.10-20.'],
    ['20', '20 is not an address: four numbers with dots between'],
    ['192.168.1', '192.168.1 is not an address: four numbers'],
    ['192.168.1.1.1', '192.168.1.1.1 is not an address: four numbers'],
    ['192.168.1.', '192.168.1. is not an address: a number is missing.'],
    ['192.168.1.x', '192.168.1.x is not an address'],
    ['192.168.1.010', 'write 10 for 010, which could be octal.'],
    ['192.168.1.20-10', '192.168.1.20-10 runs backwards: write 10-20 in place of 20-10.'],
    ['10.0.0.20-10.0.0.10', '10.0.0.20-10.0.0.10 runs backwards: write 10.0.0.10-10.0.0.20.'],
    ['10.0.0.1-10.0.0', '10.0.0.1-10.0.0 makes no sense: 10.0.0 is not an address'],
    ['10.0.0.1-10.0.0.999', '10.0.0.999 is not an address: 999 is above 255.'],
    ['10.0.0.1-2-3', 'a number is missing'],
    ['10.0.0.0/33', 'behind the slash stands 0 to 32'],
    ['10.0.0.0/', 'behind the slash stands 0 to 32'],
    ['/24', '/24 is not a network: write 192.168.1.0/24.'],
    ['10.0.0.0/24/25', 'is not a network'],
    ['10.0.0.256/24', '10.0.0.256 is not an address: 256 is above 255.'],
    ['10.0.0.0/255.0.255.0', '10.0.0.0/255.0.255.0 is not a network: the mask 255.0.255.0 has a gap.'],
    ['10.0.0.1:0', '10.0.0.1:0 has no usable port: behind the colon stands 1 to 65535.'],
    ['10.0.0.1:99999', 'has no usable port'],
    ['office pc_7', 'pc_7 is neither an address nor the name of a machine.'],
    ['-pc', '-pc is neither'],
    ['https://10.0.0.1/', 'https://10.0.0.1/ is a URL: write only the address or name in it.'],
    ['1:2:3', 'is neither an IPv6 address nor a name'],
    ['0.0.0.0', '0.0.0.0 holds no address that a machine can have.'],
    ['224.0.0.1', '224.0.0.1 holds no address'],
    ['255.255.255.255', '255.255.255.255 holds no address'],
    ['10.0.0.1, !10.0.0.0/24', 'The exclusions leave no address to scan.'],
    ['10.0.0.1, !office-pc', 'Only addresses can be left out, and office-pc is a name.'],
    ['10.0.0.0/8', '10.0.0.0/8 names 16,777,214 addresses and at most 262,144 are scanned at once.'],
    ['10.*.*.*', '10.*.*.* names 16,777,216 addresses'],
    ['0.0.0.0/0', '0.0.0.0/0 names 3,724,541,952 addresses'],
    ['10.0.0.0/14, 10.8.0.0/14', 'The range names 524,284 addresses'],
  ])('%s', (typed, text) => {
    expect(() => parseRange(typed)).toThrow(InvalidRange);
    expect(() => parseRange(typed)).toThrow(text);
  });

  test('of size say how many addresses were meant', () => {
    const error = (() => {
      try {
        parseRange('10.0.0.0/8');
        return undefined;
      } catch (caught) {
        return caught as InvalidRange;
      }
    })();
    expect(error?.count).toBe(16_777_214);
    expect(error?.code).toBe('INVALID_RANGE');
    expect(MAX_ADDRESSES).toBe(262_144);
  });

  test('of scatter are refused even when huge ranges are allowed', () => {
    expect(() => parseRange('*.*.*.1', { allowHuge: true })).toThrow('is scattered over too many networks');
  });
});
