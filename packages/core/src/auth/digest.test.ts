import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { digestAnswers, digestHa1, digestResponse, parseAuthorization, parseChallenge } from './digest.ts';

const md5 = (data: string | Uint8Array) => createHash('md5').update(data).digest('hex');

describe('A digest response', () => {
  it('is the one of the specification', () => {
    // RFC 2617 §3.5.
    const response = digestResponse(md5, {
      user: 'Mufasa',
      password: 'Circle Of Life',
      realm: 'testrealm@host.com',
      nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
      method: 'GET',
      uri: '/dir/index.html',
      qop: 'auth',
      nc: '00000001',
      cnonce: '0a4f113b',
    });
    expect(response).toBe('6629fae49393a05397450978507c4ef1');
  });

  it('is the MD5 one of the newer specification', () => {
    // RFC 7616 §3.9.1.
    const response = digestResponse(md5, {
      user: 'Mufasa',
      password: 'Circle of Life',
      realm: 'http-auth@example.org',
      nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
      method: 'GET',
      uri: '/dir/index.html',
      qop: 'auth',
      nc: '00000001',
      cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
    });
    expect(response).toBe('8ca523f5e9506fed4657c9700eebdbec');
  });

  it('over the body too is another one, and an unpadded counter counts as it is written', () => {
    const base = {
      user: 'a',
      password: 'b',
      realm: 'r',
      nonce: 'n',
      method: 'POST',
      uri: '/wsman',
      cnonce: '',
    } as const;
    const auth = digestResponse(md5, { ...base, qop: 'auth', nc: '6' });
    expect(auth).toBe(md5(`${md5('a:r:b')}:n:6::auth:${md5('POST:/wsman')}`));
    const whole = digestResponse(md5, { ...base, qop: 'auth-int', nc: '6', body: '<x/>' });
    expect(whole).toBe(md5(`${md5('a:r:b')}:n:6::auth-int:${md5(`POST:/wsman:${md5('<x/>')}`)}`));
  });
});

describe('A challenge', () => {
  it('of AMT 15.0.23 is read as it was recorded', () => {
    const header =
      'Digest realm="Digest:34BF4B5A0561F95248F58509A406E046", nonce="bQali2IAAAAAAAAAn0xaWCOcxNsRcEHX",stale="false",qop="auth"';
    expect(parseChallenge(header)).toEqual({
      realm: 'Digest:34BF4B5A0561F95248F58509A406E046',
      nonce: 'bQali2IAAAAAAAAAn0xaWCOcxNsRcEHX',
      stale: false,
      qop: ['auth'],
    });
  });

  it('may offer two kinds of protection in one quoted list', () => {
    expect(parseChallenge('Digest realm="r", nonce="n=="  ,stale="true",qop="auth-int, auth"')).toEqual({
      realm: 'r',
      nonce: 'n==',
      stale: true,
      qop: ['auth-int', 'auth'],
    });
  });

  it('is found beside Negotiate, in a header of its own or in the same one', () => {
    expect(parseChallenge(['Negotiate', 'Digest realm="r",nonce="n"'])?.realm).toBe('r');
    expect(parseChallenge('Negotiate, Digest realm="r",nonce="n"')?.realm).toBe('r');
    expect(parseChallenge('Basic realm="r"')).toBeUndefined();
    expect(parseChallenge(undefined)).toBeUndefined();
  });
});

describe('An authorization', () => {
  const challenge = { realm: 'r', nonce: 'n', stale: false, qop: ['auth-int', 'auth'] };
  const body = new TextEncoder().encode('<x/>');
  const answer = { user: 'a"b', ha1: digestHa1(md5, 'a"b', 'r', 'p'), method: 'POST', uri: '/wsman', cnonce: 'c' };

  it('takes plain protection where it is offered, and reads back as it was written', () => {
    expect(parseAuthorization(digestAnswers(md5, challenge, answer)(26, body))).toMatchObject({
      username: 'a"b',
      qop: 'auth',
      nc: '0000001a',
      cnonce: 'c',
      uri: '/wsman',
      response: md5(`${answer.ha1}:n:0000001a:c:auth:${md5('POST:/wsman')}`),
    });
  });

  it('protects the body where nothing else is offered', () => {
    const header = digestAnswers(md5, { ...challenge, qop: ['auth-int'] }, answer)(26, body);
    expect(parseAuthorization(header)).toMatchObject({
      qop: 'auth-int',
      response: md5(`${answer.ha1}:n:0000001a:c:auth-int:${md5(`POST:/wsman:${md5('<x/>')}`)}`),
    });
  });

  it('has no counter where no protection is offered', () => {
    const fields = parseAuthorization(digestAnswers(md5, { ...challenge, qop: [], opaque: 'o' }, answer)(26, body));
    expect(fields).toMatchObject({ response: md5(`${answer.ha1}:n:${md5('POST:/wsman')}`), opaque: 'o' });
    expect(fields).not.toHaveProperty('nc');
  });

  it('is read with any quoting and an empty client nonce', () => {
    expect(parseAuthorization('Digest username="x",qop="auth",nc="6",cnonce="",response=abc')).toEqual({
      username: 'x',
      qop: 'auth',
      nc: '6',
      cnonce: '',
      response: 'abc',
    });
    expect(parseAuthorization('Basic YTpi')).toBeUndefined();
  });
});
