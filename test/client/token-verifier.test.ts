import { createHmac } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { requireClaims } from '../../src/client/claims.js';
import { createTokenVerifier, TokenRefused, type TokenVerifierOptions } from '../../src/client/index.js';
import { outcomeOf, refusalOf } from './refused.js';
import {
  type Changes,
  makeSampleIssuer,
  makeSampleKey,
  SAMPLE_AT,
  SAMPLE_ATT,
  SAMPLE_AUDIENCE,
  SAMPLE_ISSUER,
  type SampleIssuer,
  sampleClaims,
  signBytes,
  signSample,
} from './sample-issuer.js';

const JKT = 'a'.repeat(43);
const SECONDS = SAMPLE_AT.getTime() / 1000;

let issuer: SampleIssuer;
beforeAll(async () => {
  issuer = await makeSampleIssuer();
});

/** Whoever presents has shown the key, so that these tests are about everything else. */
function verify(token: string, options: Partial<TokenVerifierOptions> = {}) {
  const { fetch } = issuer;
  const verifier = createTokenVerifier({
    ...{ issuer: SAMPLE_ISSUER, audience: SAMPLE_AUDIENCE, fetch, now: () => SAMPLE_AT },
    ...options,
  });
  return verifier.verify(token, { provenThumbprint: JKT });
}

const changed = (changes: Changes) => issuer.token({ ...sampleClaims(JKT), ...changes });
const withAtt = (changes: Changes) => changed({ att: { ...SAMPLE_ATT, ...changes } });
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a token', () => {
  test('that is good says so in typed claims', async () => {
    const token = await issuer.token({ ...sampleClaims(JKT), eat_nonce: 'rp-nonce-1', unknown: [1] });
    const verified = await verify(token);
    expect(verified).toMatchObject({
      issuer: SAMPLE_ISSUER,
      audience: SAMPLE_AUDIENCE,
      subject: 'tenant:acme:workload:llm-serving',
      id: 'jti-1',
      issuedAt: SAMPLE_AT,
      expiresAt: new Date(SAMPLE_AT.getTime() + 300_000),
      profile: 'tag:ietf.org,2026:rats/ear#04',
      status: 'affirming',
      nonce: 'rp-nonce-1',
      keyThumbprint: JKT,
      att: SAMPLE_ATT,
    });
    expect(verified.claims.unknown).toEqual([1]);
  });

  test('by RS256 is as good, unless only ES256 is taken', async () => {
    const token = await issuer.token(sampleClaims(JKT), issuer.rs256);
    expect(await outcomeOf(verify(token))).toBe('accepted');
    expect(await outcomeOf(verify(token, { algorithms: ['ES256'] }))).toBe('token_algorithm');
  });

  test.each(['JWT', 'at+jwt', 'eat+jwt', 'AT+JWT'])('may be of type %s', async (typ) => {
    expect(await outcomeOf(verify(await issuer.token(sampleClaims(JKT), issuer.es256, { typ })))).toBe(
      'accepted',
    );
  });

  test.each<[string, Changes, string]>([
    ['of another issuer', { iss: 'https://attest.example' }, 'token_issuer'],
    ['of no issuer', { iss: undefined }, 'token_issuer'],
    ['for another audience', { aud: 'other' }, 'token_audience'],
    ['for several audiences', { aud: [SAMPLE_AUDIENCE, 'other'] }, 'token_audience'],
    ['for no audience', { aud: undefined }, 'token_audience'],
    ['that has ended', { exp: SECONDS - 5 }, 'token_expired'],
    ['without end', { exp: undefined }, 'token_claims'],
    ['whose end is a text', { exp: String(SECONDS + 300) }, 'token_claims'],
    ['whose end has a fraction', { exp: SECONDS + 0.5 }, 'token_claims'],
    ['whose end is past all numbers', { exp: 1e300 }, 'token_claims'],
    ['from the future', { nbf: SECONDS + 6 }, 'token_not_yet_valid'],
    ['made in the future', { iat: SECONDS + 6 }, 'token_not_yet_valid'],
    ['without an instant of issue', { iat: undefined }, 'token_claims'],
    ['of another profile', { eat_profile: 'tag:ietf.org,2026:rats/ear#05' }, 'token_profile'],
    ['without profile', { eat_profile: undefined }, 'token_claims'],
    ['without id', { jti: undefined }, 'token_claims'],
    ['whose subject is another workload', { sub: 'tenant:acme:workload:other' }, 'token_claims'],
    ['without facts', { att: undefined }, 'token_claims'],
    ['with a key of another kind in cnf', { cnf: { jwk: {} } }, 'token_claims'],
    ['with null in cnf', { cnf: null }, 'token_claims'],
    ['with a thumbprint of another length', { cnf: { jkt: 'a' } }, 'token_claims'],
    ['with a nonce that is a list', { eat_nonce: ['a', 'b'] }, 'token_claims'],
    ['that is contraindicated', statuses('contraindicated', 'contraindicated'), 'status_insufficient'],
    ['that makes no statement', statuses('none', 'none'), 'status_insufficient'],
    ['that is a warning', statuses('warning', 'warning'), 'status_insufficient'],
    ['whose part is worse than the whole', statuses('affirming', 'warning'), 'token_claims'],
    ['with an unknown status', statuses('splendid', 'affirming'), 'token_claims'],
    ['without parts', { submods: {} }, 'token_claims'],
    ['with a part that is no object', { submods: { cpu0: 'affirming' } }, 'token_claims'],
    ['whose dialects disagree', { 'ear.status': 'warning' }, 'token_claims'],
  ])('%s is refused', async (_name, changes, code) => {
    expect(await outcomeOf(verify(await changed({})))).toBe('accepted');
    expect(await outcomeOf(verify(await changed(changes)))).toBe(code);
  });

  test.each<[string, Changes]>([
    ['another version', { v: 2 }],
    ['a version that is a text', { v: '1' }],
    ...Object.keys(SAMPLE_ATT).map((name): [string, Changes] => [`no ${name}`, { [name]: undefined }]),
    ...Object.keys(SAMPLE_ATT).map((name): [string, Changes] => [`a list in ${name}`, { [name]: [] }]),
    ['reference version 0', { reference_version: 0 }],
    ['a fraction of a reference version', { reference_version: 1.5 }],
    ['`simulated` as a text', { simulated: 'false' }],
    ['`debug` as a number', { debug: 0 }],
  ])('whose facts have %s is refused', async (_name, changes) => {
    expect(await outcomeOf(verify(await withAtt(changes)))).toBe('token_claims');
  });

  test('is good until five seconds after its end, and from five before its beginning', async () => {
    expect(await outcomeOf(verify(await changed({ exp: SECONDS - 4 })))).toBe('accepted');
    const later = { iat: SECONDS + 5, nbf: SECONDS + 5, exp: SECONDS + 300 };
    expect(await outcomeOf(verify(await changed(later)))).toBe('accepted');
  });

  test('in the older dialect has the status of its worst part', async () => {
    const { ear_status: _status, ...claims } = sampleClaims(JKT);
    const legacy = (status: string) =>
      issuer.token({
        ...claims,
        eat_profile: 'tag:github.com,2023:veraison/ear',
        submods: { cpu0: { 'ear.status': 'affirming' }, gpu0: { 'ear.status': status } },
      });
    expect((await verify(await legacy('affirming'))).status).toBe('affirming');
    expect((await verify(await legacy('warning'), { minimumStatus: 'warning' })).status).toBe('warning');
    expect(await outcomeOf(verify(await legacy('warning')))).toBe('status_insufficient');
  });
});

/** `[overall, part]`. */
function statuses(ear_status: string, part: string): Changes {
  return { ear_status, submods: { cpu0: { ear_status: part } } };
}

describe('a signature', () => {
  test('by a key that is not published, or with the id of one that is', async () => {
    const stranger = await makeSampleKey();
    const claims = sampleClaims(JKT);
    expect(await outcomeOf(verify(await signSample(claims, stranger)))).toBe('token_key_unknown');
    const disguised = { ...stranger, kid: issuer.es256.kid };
    expect(await outcomeOf(verify(await signSample(claims, disguised)))).toBe('token_signature');
  });

  test('of another algorithm than the key’s', async () => {
    const token = await issuer.token(sampleClaims(JKT), issuer.es256, { kid: issuer.rs256.kid });
    expect(await outcomeOf(verify(token))).toBe('token_algorithm');
  });

  test('that is none, or HS256 under the public key', async () => {
    const [, body] = (await issuer.token(sampleClaims(JKT))).split('.');
    const { kid, jwk } = issuer.es256;
    const input = `${encode({ alg: 'HS256', kid, typ: 'JWT' })}.${body}`;
    const mac = createHmac('sha256', JSON.stringify(jwk)).update(input).digest('base64url');
    expect(await outcomeOf(verify(`${input}.${mac}`))).toBe('token_algorithm');
    expect(await outcomeOf(verify(`${encode({ alg: 'none', kid, typ: 'JWT' })}.${body}.`))).toBe(
      'token_malformed',
    );
    expect(await outcomeOf(verify(`${encode({ alg: 'none', kid, typ: 'JWT' })}.${body}.AAAA`))).toBe(
      'token_algorithm',
    );
  });

  test('of which any character was changed', async () => {
    const token = await issuer.token(sampleClaims(JKT));
    const start = token.lastIndexOf('.') + 1;
    for (let at = start; at < token.length; at += 1) {
      const other = token[at] === 'A' ? 'B' : 'A';
      const spoilt = token.slice(0, at) + other + token.slice(at + 1);
      // The last character has two bits that nobody reads: then the spelling is not the one of the bytes.
      expect(['token_signature', 'token_malformed']).toContain(await outcomeOf(verify(spoilt)));
    }
  });
});

describe('the form', () => {
  const header = (changes: Changes) => issuer.token(sampleClaims(JKT), issuer.es256, changes);

  test.each<[string, Changes]>([
    ['no type', { typ: undefined }],
    ['the type of a proof', { typ: 'dpop+jwt' }],
    ['the type of a bundle', { typ: 'assay-bundle+jws' }],
    ['no key id', { kid: undefined }],
    ['a key id that is a number', { kid: 1 }],
    ['a critical member', { crit: ['https://example/exp'], 'https://example/exp': true }],
  ])('of a header with %s is refused', async (_name, changes) => {
    expect(await outcomeOf(verify(await header(changes)))).toBe('token_malformed');
  });

  test('of a header that brings a key of its own does not make that key count', async () => {
    const stranger = await makeSampleKey();
    const token = await signSample(sampleClaims(JKT), stranger, {
      kid: issuer.es256.kid,
      jwk: stranger.jwk,
      jku: 'https://evil.example/jwks.json',
    });
    const before = issuer.asked.length;
    expect(await outcomeOf(verify(token))).toBe('token_signature');
    expect(issuer.asked.slice(before).filter((url) => !url.startsWith(SAMPLE_ISSUER))).toEqual([]);
  });

  test('of claims that say a thing twice is refused', async () => {
    const text = JSON.stringify(sampleClaims(JKT)).replace('{', `{"aud":"other",`);
    const { kid } = issuer.es256;
    const token = await signBytes(Buffer.from(text), issuer.es256, { alg: 'ES256', kid, typ: 'JWT' });
    expect(await outcomeOf(verify(token))).toBe('token_malformed');
  });

  test('of what is no token is refused', async () => {
    const token = await issuer.token(sampleClaims(JKT));
    const [head, body, signature] = token.split('.');
    for (const text of [
      ...['', '.', '..', 'a.b.c', `${head}.${body}`, `${token}.`, ` ${token}`, `${token}=`, `${token}\n`],
      ...[`${head}.${body}.${signature}.${signature}.${signature}`, 'a'.repeat(9000)],
      `${Buffer.from('[]').toString('base64url')}.${body}.${signature}`,
    ]) {
      expect(await outcomeOf(verify(text))).toBe('token_malformed');
    }
  });
});

describe('what a relying party wants', () => {
  test.each<[string, Partial<TokenVerifierOptions>, Changes, string]>([
    ['a workload', { workload: 'llm-serving' }, { workload: 'other' }, 'workload_unwanted'],
    ['workloads', { workload: ['a', 'llm-serving'] }, { workload: 'other' }, 'workload_unwanted'],
    ['a version', { minReferenceVersion: 42 }, { reference_version: 41 }, 'version_unwanted'],
    ['a TEE', { tee: 'sev-snp' }, { tee: 'tdx' }, 'tee_unwanted'],
    ['TCB statuses', { tcbStatus: ['UpToDate'] }, { tcb_status: 'OutOfDate' }, 'tcb_status_unwanted'],
    ['real hardware', {}, { simulated: true }, 'simulated_unwanted'],
    ['no debugging', {}, { debug: true }, 'debug_unwanted'],
  ])('%s', async (_name, options, att, code) => {
    const { workload = SAMPLE_ATT.workload } = att as { workload?: string };
    const token = await changed({
      att: { ...SAMPLE_ATT, ...att },
      sub: `tenant:acme:workload:${workload}`,
    });
    expect(await outcomeOf(verify(await changed({}), options))).toBe('accepted');
    expect(await outcomeOf(verify(token, options))).toBe(code);
  });

  test('may be less', async () => {
    const warning = await changed(statuses('warning', 'warning'));
    expect(await outcomeOf(verify(warning, { minimumStatus: 'warning' }))).toBe('accepted');
    const simulated = await withAtt({ simulated: true, debug: true });
    expect(await outcomeOf(verify(simulated, { allowSimulated: true, allowDebug: true }))).toBe('accepted');
  });

  test.each<[string, object]>([
    ['an option that is none', { workloads: 'llm-serving' }],
    ['an issuer without TLS', { issuer: 'http://attest.example' }],
    ['an issuer with a slash at its end', { issuer: 'https://attest.example/' }],
    ['an issuer that is no URL', { issuer: 'attest.example' }],
    ['an issuer with a query', { issuer: 'https://attest.example?a' }],
    ['no audience', { audience: '' }],
    ['no workload at all', { workload: [] }],
    ['a version that is a text', { minReferenceVersion: '42' }],
    ['an unknown status', { minimumStatus: 'contraindicated' }],
    ['an algorithm of secrets', { algorithms: ['HS256'] }],
    ['no algorithm', { algorithms: [] }],
    ['"no" for no', { allowSimulated: 'no' }],
  ])('is a mistake of the program when it is %s', (_name, options) => {
    const whole = { issuer: SAMPLE_ISSUER, audience: SAMPLE_AUDIENCE };
    expect(() => createTokenVerifier(whole)).not.toThrow();
    expect(() => createTokenVerifier({ ...whole, ...options } as TokenVerifierOptions)).toThrow(TypeError);
  });
});

describe('a refusal', () => {
  test('repeats nothing of the token', async () => {
    const token = await changed({ aud: 'secret-audience', jti: 'secret-jti' });
    const refused = await refusalOf(verify(token));
    expect(refused).toMatchObject({ code: 'token_audience', kind: 'refused', status: 401 });
    expect(JSON.stringify({ ...refused, message: refused.message })).not.toMatch(/secret/);
  });
});

describe('claims of any form', () => {
  const question = { issuer: SAMPLE_ISSUER, audience: SAMPLE_AUDIENCE, at: SAMPLE_AT };
  /** Refused, or accepted with what stands in them; anything else is a fault. */
  const judge = (claims: Changes) => {
    try {
      return requireClaims(JSON.parse(JSON.stringify(claims)), question);
    } catch (error) {
      if (error instanceof TokenRefused) return null;
      throw error;
    }
  };

  test('are refused or read, and never a fault', () => {
    fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (claims) => judge(claims) === null));
  });

  test.each(['claims', 'att', 'submods', 'cnf'] as const)('with any value in a member of %s', (place) => {
    const sound = sampleClaims(JKT);
    expect(judge(sound)).not.toBeNull();
    const inner = (place === 'claims' ? sound : sound[place]) as Changes;
    const edits = fc.record({ name: fc.constantFrom(...Object.keys(inner)), value: fc.jsonValue() });
    fc.assert(
      fc.property(edits, ({ name, value }) => {
        const edited = { ...inner, [name]: value };
        const verified = judge(place === 'claims' ? edited : { ...sound, [place]: edited });
        // What was accepted was read, and not taken for something else.
        if (verified !== null && place === 'att') expect(verified.att).toMatchObject({ [name]: value });
        if (verified !== null) expect(verified.keyThumbprint).toBe(JKT);
      }),
    );
  });
});
