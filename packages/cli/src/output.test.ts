import { describe, expect, it } from 'vitest';
import { createOutput, failed, quitOnBrokenPipe, toJson } from './output.ts';
import { captured, testApp } from './testing/app.ts';

const failure = { code: 'CONNECT_FAILED', message: 'Nobody answered.', hint: 'Look at the cable.' };

describe('Output', () => {
  it('in text puts lines on stdout and everything for people on stderr', async () => {
    const { app, stdout, stderr } = testApp();
    app.out.line('on');
    app.out.say('Scanning.');
    app.out.result({ machine: 'pc', ok: true, data: { a: 1 } });
    app.out.result({ machine: 'pc', ok: false, error: failure });
    await app.out.end();
    expect(stdout()).toBe('on\n');
    expect(stderr()).toBe('Scanning.\namt: pc: Nobody answered.\n     Look at the cable.\n');
  });

  it('breaks sentences for people between words where a terminal is narrow, and nowhere in a pipe', () => {
    const long = {
      code: 'X',
      message: 'odd.iso fits into no drive: it has 3000 bytes.',
      hint: 'Compressed images must be unpacked.',
    };
    const narrow = testApp({ terminal: { columns: 30 } });
    narrow.app.out.result({ machine: null, ok: false, error: long });
    expect(narrow.stderr().split('\n')).toEqual([
      'amt: odd.iso fits into no',
      '     drive: it has 3000 bytes.',
      '     Compressed images must be',
      '     unpacked.',
      '',
    ]);
    const fingerprint = 'AB:'.repeat(20);
    narrow.app.out.warn(`  SHA-256 ${fingerprint}`);
    expect(narrow.stderr()).toContain(`\n  SHA-256 ${fingerprint}\n`);
    const pipe = testApp();
    pipe.app.out.result({ machine: null, ok: false, error: long });
    expect(pipe.stderr().split('\n')).toHaveLength(3);
  });

  it('with --json prints one document and nothing else, also after a failure', async () => {
    const { app, stdout } = testApp({ mode: 'json' });
    app.out.line('on');
    app.out.table(['a'], [['1']]);
    app.out.result({ machine: 'pc', ok: true, data: { 'power.state': 'on' } });
    app.out.result({ machine: 'lab', ok: false, error: failure });
    await app.out.end();
    expect(stdout().trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(stdout())).toEqual({
      schemaVersion: 1,
      results: [
        { machine: 'pc', ok: true, data: { 'power.state': 'on' } },
        { machine: 'lab', ok: false, error: failure },
      ],
    });
  });

  it('with --jsonl prints each entry and each event on a line at once', () => {
    const { app, stdout } = testApp({ mode: 'jsonl' });
    app.out.event({ type: 'found', machine: '10.0.0.1', at: new Date(0) });
    app.out.result({ machine: 'pc', ok: true, data: null });
    expect(
      stdout()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { type: 'found', machine: '10.0.0.1', at: '1970-01-01T00:00:00.000Z' },
      { machine: 'pc', ok: true, data: null },
    ]);
  });

  it('of a stream is lines, whichever JSON was asked for', async () => {
    const { app, stdout } = testApp({ mode: 'json' });
    app.out.stream();
    app.out.event({ type: 'value', machine: 'pc', at: new Date(0) });
    await app.out.end();
    expect(stdout().trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(stdout())).toMatchObject({ type: 'value' });
  });

  it('with --quiet keeps what is only for people to itself, and tells failures all the same', () => {
    const { app, stderr } = testApp({ quiet: true });
    app.out.say('Scanning.');
    app.out.result({ machine: 'pc', ok: false, error: failure });
    expect(stderr()).toContain('Nobody answered.');
    expect(stderr()).not.toContain('Scanning');
  });

  it('has no colours in a pipe, none with --no-color, and some with --color', () => {
    const styled = (color?: boolean) =>
      createOutput({ mode: 'text', quiet: false, color, stdout: captured().stream, stderr: captured().stream }).style(
        'bold',
        'x',
      );
    expect(styled()).toBe('x');
    expect(styled(false)).toBe('x');
    expect(styled(true)).toBe('\u001b[1mx\u001b[22m');
  });

  it('shows progress on terminals only, and clears it before anything else is said', () => {
    const pipe = testApp();
    pipe.app.out.progress('1 of 2');
    expect(pipe.stderr()).toBe('');
    const terminal = testApp({ terminal: { columns: 80 } });
    terminal.app.out.progress('1 of 2');
    terminal.app.out.say('Done.');
    expect(terminal.stderr()).toBe('\r\u001b[K1 of 2\r\u001b[KDone.\n');
  });

  it('never prints a stack', () => {
    const { app, stderr } = testApp();
    app.out.result(failed('pc', new Error('whatever')));
    expect(stderr()).not.toMatch(/\n\s+at /);
    expect(stderr()).toContain('report');
  });

  it('ends quietly when the reader of stdout has gone', () => {
    const stdout = captured();
    let ended = 0;
    quitOnBrokenPipe(stdout.stream, captured().stream, () => ended++);
    stdout.stream.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    expect(ended).toBe(1);
  });
});

describe('JSON', () => {
  it('has dates as ISO 8601, maps as objects, errors as codes, and null for what is not there', () => {
    const value = { at: new Date(0), map: new Map([['a', 1]]), none: undefined, error: new TypeError('Wrong.') };
    expect(JSON.parse(toJson(value))).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      map: { a: 1 },
      none: null,
      error: { code: 'USAGE', message: 'Wrong.' },
    });
  });
});
