/** Whom the broker of the example releases a key to, to which key it encrypts, and what it says to everybody else. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeHolder, proofBy } from '../../client/sample-holder.js';
import { type Changes, SAMPLE_ATT } from '../../client/sample-issuer.js';
import { EXAMPLE, type Json, load } from './modules.js';
import { makeEncKey, openReply, type Rig, startRig } from './rig.js';

const OTHER_AUDIENCE = { audience: 'elsewhere' };

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    model: {},
    ...{ narrow: { min_reference_version: 43 }, listed: { reference_versions: [41, 43] } },
    ...{ 'of-others': { workloads: ['other'] }, elsewhere: OTHER_AUDIENCE },
    open: {
      ...{ allow_simulated: true, allow_debug: true, minimum_status: 'warning', min_reference_version: 42 },
      ...{ workloads: ['llm-serving', 'other'], tees: ['sev-snp', 'tdx'] },
      ...{ tcb_status: ['UpToDate', 'OutOfDate'], max_token_age_seconds: 3600 },
    },
  });
});
afterAll(() => rig.close());

const att = (changes: Changes) => ({ att: { ...SAMPLE_ATT, ...changes } });
const madeBefore = (seconds: number) => {
  const iat = Math.floor(Date.now() / 1000) - seconds;
  return { iat, nbf: iat };
};

describe('a key broker', () => {
  test.each(['P-256', 'P-384', 'X25519'])('encrypts the data key to a key on %s', async (crv) => {
    const enc = await makeEncKey(crv);
    const answer = await rig.ask({ enc, claims: { jti: `to-${crv}` } });
    const { jwk, header } = await openReply(answer, enc);
    const { loadKeys } = await load('key-store');
    expect(jwk).toEqual((await loadKeys(rig.store)).get('model')?.jwk);
    const encoded = (text: string) => Buffer.from(text).toString('base64url');
    expect(header).toMatchObject({
      ...{ alg: 'ECDH-ES+A256KW', enc: 'A256GCM', kid: enc.thumbprint },
      ...{ apu: encoded(`to-${crv}`), apv: encoded('model') },
    });
    const line = (await rig.lines()).at(-1);
    expect(line).toMatchObject({ outcome: 'released', key: 'model', jti: `to-${crv}`, kid: jwk.kid });
    expect(line).toMatchObject({ enc: enc.thumbprint, jkt: rig.holder.jkt, decision: 'dec_1' });
  });

  test.each<[string, string, string, Changes]>([
    ['simulated evidence', 'simulated_unwanted', 'model', att({ simulated: true })],
    ['a debug guest', 'debug_unwanted', 'model', att({ debug: true })],
    [
      'a warning',
      'status_insufficient',
      'model',
      { ear_status: 'warning', submods: { cpu0: { ear_status: 'warning' } } },
    ],
    ['another TEE', 'tee_unwanted', 'model', att({ tee: 'tdx' })],
    ['another status of the firmware', 'tcb_status_unwanted', 'model', att({ tcb_status: 'OutOfDate' })],
    ['an older image', 'version_unwanted', 'narrow', {}],
    ['an image that is not listed', 'version_unwanted', 'listed', {}],
    ['an old token', 'token_too_old', 'model', madeBefore(303)],
    [
      'another workload',
      'key_not_yours',
      'model',
      { ...att({ workload: 'other' }), sub: 'tenant:acme:workload:other' },
    ],
  ])('refuses %s by the policy of the key, and says so in the audit', async (_what, code, name, claims) => {
    expect(await rig.ask({ name, claims })).toMatchObject({ status: 403, code });
    expect((await rig.lines()).at(-1)).toMatchObject({ outcome: 'refused', code, key: name });
    expect(rig.notes.at(-1)).toMatchObject({ event: 'refused', code, key: name });
    // The policy that takes it: this one thing was wrong.
    expect((await rig.ask({ name: 'open', claims })).status).toBe(200);
  });

  test('answers for the key of others, of another audience, and of nobody in the same words', async () => {
    const answers = await Promise.all(
      ['of-others', 'elsewhere', 'nobody'].map((name) => rig.ask({ name, claims: {} })),
    );
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 403, code: 'key_not_yours' });
    expect((await rig.ask({ name: 'elsewhere', claims: { aud: 'elsewhere' } })).status).toBe(200);
    expect(await rig.ask({ claims: { aud: 'elsewhere' } })).toMatchObject({ code: 'key_not_yours' });
  });

  test('holds the audit free of keys and tokens', async () => {
    const enc = await makeEncKey();
    const path = `/keys/model/to/${enc.thumbprint}`;
    const headers = await rig.credentials(path);
    const { jwk } = await openReply(await rig.ask({ enc, headers }), enc);
    const text = await rig.text();
    for (const secret of [jwk.k, headers.dpop, headers.authorization.slice(5)]) {
      expect(text).not.toContain(secret);
    }
  });
});

describe('whoever carries a request', () => {
  test('cannot have the data key encrypted to a key of its own', async () => {
    const relay = await makeEncKey();
    const body = JSON.stringify({ enc: relay.jwk });
    expect(await rig.ask({ body })).toMatchObject({ status: 403, code: 'enc_swapped' });
    expect((await rig.lines()).at(-1)).toMatchObject({ outcome: 'refused', code: 'enc_swapped' });
    // With a path to match, the proof is that of another request.
    const path = `/keys/model/to/${relay.thumbprint}`;
    expect(await rig.ask({ body, path })).toMatchObject({ status: 401, code: 'proof_invalid' });
  });

  test('cannot take it for another key of the same workload', async () => {
    const enc = await makeEncKey();
    const path = `/keys/open/to/${enc.thumbprint}`;
    expect(await rig.ask({ enc, path })).toMatchObject({ status: 401, code: 'proof_invalid' });
  });

  test('cannot use a stolen token or a proof a second time, and leaves a count and no line', async () => {
    const [enc, thief] = await Promise.all([makeEncKey(), makeHolder()]);
    const path = `/keys/model/to/${enc.thumbprint}`;
    const { authorization, dpop } = await rig.credentials(path);
    const proof = { token: authorization.slice(5), method: 'POST', url: `${rig.url}${path}` };
    const own = await proofBy(thief, { ...proof, at: new Date() });
    const before = (await rig.lines()).length;
    const strange: readonly [Readonly<Record<string, string>>, string][] = [
      [{}, 'token_missing'],
      [{ authorization }, 'proof_missing'],
      [{ authorization, dpop: own }, 'key_mismatch'],
      [await rig.credentials(path, { aud: 'nobody' }), 'token_audience'],
      [{ authorization: 'DPoP nonsense', dpop }, 'token_malformed'],
    ];
    for (const [headers, code] of strange) {
      const counted = rig.unrecorded.get(code) ?? 0;
      expect(await rig.ask({ enc, headers })).toMatchObject({ status: 401, code });
      expect(rig.unrecorded.get(code)).toBe(counted + 1);
    }
    expect(await rig.lines()).toHaveLength(before);
    expect((await rig.ask({ enc, headers: { authorization, dpop } })).status).toBe(200);
    expect(await rig.ask({ enc, headers: { authorization, dpop } })).toMatchObject({
      code: 'proof_replayed',
    });
    expect(await rig.lines()).toHaveLength(before + 1);
  });
});

describe('a request that is none', () => {
  const point = { kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43) };
  test.each<[string, (enc: Json) => string]>([
    ['no JSON', () => 'enc'],
    ['a member twice', (enc) => `{"enc":${JSON.stringify(point)},"enc":${JSON.stringify(enc)}}`],
    ['another member', (enc) => JSON.stringify({ enc, name: 'model' })],
    ['no key', () => '{"enc":null}'],
    ['a private key', (enc) => JSON.stringify({ enc: { ...enc, d: 'A'.repeat(43) } })],
    ['an RSA key', () => JSON.stringify({ enc: { kty: 'RSA', n: 'AQAB', e: 'AQAB' } })],
    ['a curve in a list', (enc) => JSON.stringify({ enc: { ...enc, crv: [enc.crv] } })],
    ['a point off the curve', () => JSON.stringify({ enc: point })],
  ])('with %s as its body is refused', async (_what, bodyOf) => {
    const enc = await makeEncKey();
    const answer = await rig.ask({ enc, body: bodyOf(enc.jwk) });
    expect(answer).toMatchObject({ status: 400, code: 'enc_invalid' });
  });

  test('for a key of small order is refused', async () => {
    const jwk = { kty: 'OKP', crv: 'X25519', x: Buffer.alloc(32).toString('base64url') };
    const { calculateJwkThumbprint } = await import('jose');
    const enc = { ...(await makeEncKey('X25519')), jwk, thumbprint: await calculateJwkThumbprint(jwk) };
    expect(await rig.ask({ enc })).toMatchObject({ status: 400, code: 'enc_invalid' });
  });

  test('too long, or to another path, is refused', async () => {
    expect(await rig.ask({ body: 'x'.repeat(5000) })).toMatchObject({ status: 413, code: 'body_too_large' });
    expect(await rig.ask({ path: '/keys/model' })).toMatchObject({ status: 404, code: 'path_unknown' });
    expect(await rig.ask({ path: '/keys/Model/to/x' })).toMatchObject({ status: 404, code: 'path_unknown' });
  });
});

describe('a store that changes', () => {
  test('without keys releases nothing', async () => {
    const { loadKeys } = await load('key-store');
    rig.releaser.use(new Map());
    expect(await rig.ask()).toMatchObject({ status: 503, code: 'too_busy' });
    rig.releaser.use(await loadKeys(rig.store));
    expect((await rig.ask()).status).toBe(200);
  });

  test('is taken as a whole, or not at all', async () => {
    const { loadKeys } = await load('key-store');
    await rig.rewrite('narrow', { min_reference_version: 42 });
    rig.releaser.use(await loadKeys(rig.store));
    expect((await rig.ask({ name: 'narrow' })).status).toBe(200);
    await rig.rewrite('narrow', { min_reference_versoin: 42 });
    await expect(loadKeys(rig.store)).rejects.toThrow(
      'key narrow: `min_reference_versoin` is no member of a policy',
    );
    await rig.rewrite('narrow', { issuer: 'ftp://attest.example', workloads: ['nobody'] });
    const keys = await loadKeys(rig.store);
    expect(() => rig.releaser.use(keys)).toThrow('key narrow: issuer must be an https URL.');
    expect((await rig.ask({ name: 'narrow' })).status).toBe(200);
    await rig.rewrite('narrow', {});
    rig.releaser.use(await loadKeys(rig.store));
  });

  test('that cannot be taken opens no door to another audience', async () => {
    const { loadKeys } = await load('key-store');
    const keys = await loadKeys(rig.store);
    const model = keys.get('model');
    if (model === undefined) throw new Error('there is no key model');
    const changed = (changes: Json) => ({ ...model, policy: { ...model.policy, ...changes } });
    const fresh = new Map([...keys, ['fresh', changed({ audience: 'fresh' })]] as const);
    const broken = new Map([...fresh, ['broken', changed({ issuer: 'ftp://attest.example' })]] as const);
    const asked = { name: 'fresh', claims: { aud: 'fresh' } };
    expect(() => rig.releaser.use(broken)).toThrow('key broken: ');
    expect(await rig.ask(asked)).toMatchObject({ status: 401, code: 'token_audience' });
    rig.releaser.use(fresh);
    expect((await rig.ask(asked)).status).toBe(200);
    rig.releaser.use(keys);
    expect(await rig.ask(asked)).toMatchObject({ status: 401, code: 'token_audience' });
  });
});

describe('the address of a broker', () => {
  const releaser = { release: async () => '' };
  const brokerAt = async (url: string) =>
    (await load('broker')).createBroker({ url, releaser, log: () => undefined });
  test.each([
    ...['https://broker.example/?q', 'https://broker.example?q', 'https://broker.example/v1?'],
    ...['https://broker.example#keys', 'https://broker.example/v1/', 'https://broker.example/'],
    ...['https://me@broker.example', 'broker.example', 'ftp://broker.example', 'https://Broker.example'],
    ...['https://broker.example/a/../b', 'https://broker.example:443'],
  ])('is none that proofs cannot name, as %s', async (url) => {
    await expect(brokerAt(url)).rejects.toThrow('without user, query, fragment or slash at the end');
  });

  test.each(['https://broker.example', 'http://127.0.0.1:8090', 'https://broker.example/v1'])(
    'is %s',
    async (url) => {
      expect((await brokerAt(url)).listening).toBe(false);
    },
  );
});

describe('the example', () => {
  test('stays small enough to be read before it is copied', async () => {
    const folder = fileURLToPath(EXAMPLE);
    const files = (await readdir(folder)).filter((name) => name.endsWith('.mjs'));
    expect(files).toContain('release.mjs');
    for (const file of files) {
      const text = await readFile(join(folder, file), 'utf8');
      expect([file, text.split('\n').length > 151]).toEqual([file, false]);
    }
  });
});
