import { expect, test } from 'vitest';
import { hostWithPorts, parseHost, whyNoHost } from './hosts.ts';

test.each([
  ['pc', { host: 'pc' }],
  [' lab1.corp.test ', { host: 'lab1.corp.test' }],
  ['192.168.1.20:16993', { host: '192.168.1.20', ports: { wsman: 16993 } }],
  ['pc:16993:16995', { host: 'pc', ports: { wsman: 16993, redirection: 16995 } }],
  ['fe80::1', { host: 'fe80::1' }],
  ['fe80::1%eth0', { host: 'fe80::1%eth0' }],
  ['[fe80::1]', { host: 'fe80::1' }],
  ['[fe80::1]:16992:16994', { host: 'fe80::1', ports: { wsman: 16992, redirection: 16994 } }],
])('%s is taken apart', (text, expected) => {
  expect(parseHost(text)).toEqual(expected);
});

test.each([
  ['', 'is empty'],
  ['192.168.1.300', 'not an address'],
  ['192.168.1', 'not an address'],
  ['pc:0', 'no usable port'],
  ['pc:70000', 'no usable port'],
  ['pc:http', 'no usable port'],
  ['pc:', 'no usable port'],
  ['pc:1:2:3', 'more than two ports'],
  ['[pc]', 'not an IPv6 address'],
  ['a b', 'neither'],
  ['-a', 'neither'],
  ['a..b', 'neither'],
])('%j is refused', (text, part) => {
  expect(() => parseHost(text)).toThrow(TypeError);
  expect(() => parseHost(text)).toThrow(part);
});

test('a URL is told apart from a host with a port', () => {
  expect(whyNoHost('https://pc')).toContain('URL');
  expect(whyNoHost('pc:16993')).toContain('ports stand under ports');
});

test('is put together again', () => {
  expect(hostWithPorts('pc')).toBe('pc');
  expect(hostWithPorts('pc', 1, 2)).toBe('pc:1:2');
  expect(hostWithPorts('::1', 1)).toBe('[::1]:1');
  expect(hostWithPorts('::1')).toBe('::1');
});
