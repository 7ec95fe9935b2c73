import {
  AuthenticationFailed,
  Cancelled,
  ConnectFailed,
  ConsentRequired,
  InvalidBook,
  InvalidRange,
  MethodFailed,
  NotSupported,
  ProtocolError,
  RedirectionRefused,
  Refused,
  TimedOut,
  Untrusted,
  Vetoed,
  WsmanFault,
} from '@amtkit/core';
import { describe, expect, it } from 'vitest';
import { exits, failureOf, statusOf, statusOfCode, UsageError } from './exit.ts';

const method = { className: 'CIM_X', method: 'Y', returnValue: 2, returnName: 'Z' };

const table: [unknown, number, string][] = [
  [new UsageError('That is wrong.'), 2, 'USAGE'],
  [new TypeError('power.state takes one of on, off, not "x".'), 2, 'USAGE'],
  [new InvalidBook('Line 3 is wrong.'), 2, 'INVALID_BOOK'],
  [new InvalidRange('192.168.1.300 is not an address: 300 is above 255.'), 2, 'INVALID_RANGE'],
  [new ConnectFailed('Nobody answered.'), 3, 'CONNECT_FAILED'],
  [new AuthenticationFailed('Refused.'), 4, 'AUTHENTICATION_FAILED'],
  [new AuthenticationFailed('Locked.', { lockedUntil: new Date(0) }), 5, 'AUTHENTICATION_FAILED'],
  [new Untrusted('Changed.'), 6, 'UNTRUSTED'],
  [new NotSupported('No.'), 7, 'NOT_SUPPORTED'],
  [new Refused('No.'), 7, 'REFUSED'],
  [new Refused('Busy.', { busy: true }), 10, 'REFUSED'],
  [new WsmanFault('No.', { fault: 'AccessDenied', reason: '' }), 7, 'WSMAN_FAULT'],
  [new MethodFailed('No.', method), 7, 'METHOD_FAILED'],
  [new RedirectionRefused('No.', { busy: true }), 10, 'REDIRECTION_REFUSED'],
  [new Vetoed('No.', { by: 'permit', reason: 'closed' }), 7, 'VETOED'],
  [new TimedOut('Silent.'), 8, 'TIMED_OUT'],
  [new ConsentRequired('Ask.'), 9, 'CONSENT_REQUIRED'],
  [new Cancelled('Stopped.'), 130, 'CANCELLED'],
  [new ProtocolError('Odd bytes.'), 1, 'PROTOCOL_ERROR'],
  [new Error('whatever'), 1, 'UNEXPECTED'],
  ['thrown text', 1, 'UNEXPECTED'],
];

describe('How the program ends', () => {
  it.each(table)('%s is exit code %i with the code %s', (error, status, code) => {
    const failure = failureOf(error);
    expect(failure.code).toBe(code);
    expect(statusOf(failure)).toBe(status);
  });

  it('calls what the engine and Node throw a bug, although it is a TypeError', () => {
    const engine = [() => (undefined as unknown as { x: 1 }).x, () => new URL('no url')];
    for (const throws of engine) {
      try {
        throws();
        expect.unreachable();
      } catch (error) {
        expect(statusOf(failureOf(error))).toBe(1);
      }
    }
  });

  it('says how to report what is unexpected, and bytes that make no sense', () => {
    expect(failureOf(new ProtocolError('Odd.')).hint).toMatch(/report .*--verbose.*firmware version/);
    expect(failureOf(new Error('whatever')).hint).toMatch(/report/i);
  });

  it('keeps what an error says to do, and until when an account is locked', () => {
    const lockedUntil = new Date('2030-01-02T03:04:05Z');
    const failure = failureOf(new AuthenticationFailed('Locked.', { lockedUntil, hint: 'Wait.' }));
    expect(failure).toEqual({
      code: 'AUTHENTICATION_FAILED',
      message: 'Locked.',
      hint: 'Wait.',
      lockedUntil: '2030-01-02T03:04:05.000Z',
    });
  });

  it('names the machine where a hint says to trust it, and the options where one says a key of the book', () => {
    const changed = new Untrusted('Changed.', { hint: 'If you know why, run: amt trust' });
    expect(failureOf(changed, 'pc').hint).toBe('If you know why, run: amt trust pc');
    expect(failureOf(changed).hint).toBe('If you know why, run: amt trust TARGET');
    const old = new Untrusted('Old.', { hint: 'Update its firmware, or permit it for this machine: legacyTls: true.' });
    expect(failureOf(old, 'pc').hint).toMatch(/--legacy-tls .*legacyTls: true .*--tls off/);
  });

  it('explains each number once, and every number that a code leads to', () => {
    const numbers = exits.map(({ status }) => status);
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const status of Object.values(statusOfCode)) expect(numbers).toContain(status);
  });
});
