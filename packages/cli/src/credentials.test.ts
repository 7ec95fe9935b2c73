import type { Book } from '@amtkit/core/automation';
import { describe, expect, it } from 'vitest';
import { loginsFor, named, newLogin } from './credentials.ts';
import type { Target } from './targets.ts';
import { testApp } from './testing/app.ts';

type Used = Pick<Book, 'machines' | 'credentials' | 'credentialsOf' | 'secret'>;

const book: Used = {
  machines: new Map([
    ['known', { host: '10.0.0.1', credentials: 'lab' }],
    ['bare', { host: '10.0.0.2', user: 'operator' }],
  ]),
  credentials: new Map([['lab', { user: 'labber', password: { env: 'LAB' } }]]),
  credentialsOf: async () => ({ user: 'labber', password: 'from the book' }),
  secret: async () => 'from the book',
};

const known: Target = { kind: 'book', name: 'known' };
const bare: Target = { kind: 'book', name: 'bare' };
const address: Target = { kind: 'address', name: '10.0.0.9', host: '10.0.0.9' };

describe('Who logs in', () => {
  it('is who the book says, and nobody is asked', async () => {
    const { app, asked } = testApp({ answers: [] });
    const login = await loginsFor(app, book, [known], {});
    expect(await login('known')).toEqual({ user: 'labber', password: 'from the book' });
    expect(asked).toEqual([]);
  });

  it('takes AMT_PASSWORD where the book has no password', async () => {
    const { app } = testApp({ env: { AMT_PASSWORD: 'from env' } });
    const login = await loginsFor(app, book, [known, bare, address], {});
    expect(await login('known')).toEqual({ user: 'labber', password: 'from the book' });
    expect(await login('bare')).toEqual({ user: 'operator', password: 'from env' });
    expect(await login('10.0.0.9')).toEqual({ user: 'admin', password: 'from env' });
  });

  it('takes --password-stdin for all of them, whatever else there is', async () => {
    const { app } = testApp({ env: { AMT_PASSWORD: 'from env' }, stdin: ['typed'] });
    const login = await loginsFor(app, book, [known, address], { 'password-stdin': true, user: 'root' });
    expect(await login('known')).toEqual({ user: 'root', password: 'typed' });
    expect(await login('10.0.0.9')).toEqual({ user: 'root', password: 'typed' });
  });

  it('is asked for once, for all machines without a password', async () => {
    const { app, asked } = testApp({ answers: ['asked'] });
    const login = await loginsFor(app, book, [known, bare, address], {});
    expect(asked).toEqual(['Password for bare, 10.0.0.9:']);
    expect(await login('bare')).toEqual({ user: 'operator', password: 'asked' });
    expect(await login('10.0.0.9')).toEqual({ user: 'admin', password: 'asked' });
    expect(await login('known')).toEqual({ user: 'labber', password: 'from the book' });
  });

  it('where nobody can be asked is a sentence that names the ways', async () => {
    const { app } = testApp();
    await expect(loginsFor(app, book, [address], {})).rejects.toMatchObject({
      code: 'USAGE',
      hint: expect.stringMatching(/--password-stdin or AMT_PASSWORD/),
    });
  });

  it('is a named set of the book with --credentials, and an unknown one is refused with those there are', async () => {
    const { app } = testApp();
    const login = await loginsFor(app, book, [bare], { credentials: 'lab' });
    expect(await login('bare')).toEqual({ user: 'labber', password: 'from the book' });
    await expect(loginsFor(app, book, [bare], { credentials: 'lap' })).rejects.toMatchObject({ hint: 'It has lab.' });
  });
});

describe('A login for the book', () => {
  it('from AMT_PASSWORD is remembered as a reference to it', async () => {
    const { app } = testApp({ env: { AMT_PASSWORD: 'from env' } });
    const { entry } = await newLogin(app, book, {}, 'one machine');
    expect(entry).toEqual({ user: 'admin', password: { env: 'AMT_PASSWORD' } });
  });

  it('that was typed asks user and password once', async () => {
    const { app, asked } = testApp({ answers: ['root', 'secret'] });
    const { login, entry } = await newLogin(app, book, {}, '3 machines');
    expect(asked).toEqual(['User:', 'Password of root for 3 machines:']);
    expect(login).toEqual({ user: 'root', password: 'secret' });
    expect(entry).toEqual(login);
  });

  it('with --credentials names the set and repeats nothing of it', async () => {
    const { app } = testApp();
    expect((await newLogin(app, book, { credentials: 'lab' }, 'x')).entry).toEqual({ credentials: 'lab' });
  });
});

describe('A list of names', () => {
  it('is short', () => {
    expect(named(['a', 'b'])).toBe('a, b');
    expect(named(['a', 'b', 'c', 'd', 'e'])).toBe('a, b, c and 2 more');
  });
});
