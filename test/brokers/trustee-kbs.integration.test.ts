/** examples/brokers/trustee-kbs: its commands for Assay, then header and claims of a token judged as a KBS judges them. */
import { createPublicKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { compactVerify, decodeJwt, decodeProtectedHeader } from 'jose';
import type { JsonObject } from '../../src/rats/result.js';
import { askProgram } from '../differential/peer.js';
import { ROOT } from '../docs/markdown.js';
import { openRecipe, recipeFile } from './recipe.js';
import { OTHER_MEASUREMENT, type RunningService, startRunningService } from './service.js';
import { describeWith, PYTHON } from './tools.js';
import { variationsOf } from './variations.js';

const PATH = 'default/llm-serving/weights';

let service: RunningService;
let authority: X509Certificate;
let token = '';
let claims: JsonObject;

beforeAll(async () => {
  service = await startRunningService();
  const recipe = await openRecipe('trustee-kbs', {}, process.execPath);
  const environment = { ASSAY_SERVER: service.issuer, ASSAY_API_KEY: service.adminKey };
  const { code, err } = await recipe.run('At Assay', environment);
  if (code !== 0) throw new Error(err);
  authority = new X509Certificate(await readFile(join(recipe.folder, 'assay-authority.pem')));
  await recipe.remove();
  token = (await service.attest({ audience: 'trustee-prod', encryption: true })).token;
  claims = decodeJwt(token) as JsonObject;
  await service.create('/v1/audiences', {
    ...{ name: 'another-kbs', workloads: '*', token_encryption: 'never' },
    ...{ profile: 'ear-compat', key_header: 'x5c' },
  });
}, 120_000);
afterAll(() => service.close());

/** The key in the header and its certificate, or an error; `x5c` is DER in base64. */
function leafOf(jws: string): X509Certificate {
  const { jwk } = decodeProtectedHeader(jws);
  const { x5c: [first = ''] = [], ...key } = (jwk ?? {}) as { readonly x5c?: readonly string[] };
  const leaf = new X509Certificate(Buffer.from(first, 'base64'));
  if (!leaf.publicKey.equals(createPublicKey({ key, format: 'jwk' }))) throw new Error('two keys');
  return leaf;
}

describe('the header of a token for a KBS', () => {
  test('has a key that signed it, with its algorithm, under the authority that the recipe prints', async () => {
    const leaf = leafOf(token);
    expect(leaf.verify(authority.publicKey)).toBe(true);
    expect(leaf.checkIssued(authority)).toBe(true);
    const { alg, jwk } = decodeProtectedHeader(token);
    expect(jwk).toMatchObject({ kty: 'EC', crv: 'P-256', alg });
    await expect(compactVerify(token, leaf.publicKey)).resolves.toBeDefined();
  });

  test('of another audience is under another authority', async () => {
    const other = await service.attest({ audience: 'another-kbs', encryption: true });
    expect(leafOf(other.token).verify(authority.publicKey)).toBe(false);
  });

  test('and the claims name the key that secrets are encrypted to', () => {
    expect(claims['tee-pubkey']).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ECDH-ES+A256KW' });
  });
});

describeWith(PYTHON, 'the resource policy for a KBS', (python) => {
  let policy = '';
  beforeAll(async () => {
    policy = (await recipeFile('trustee-kbs', 'policy.rego'))
      .replace('https://attest.example/t/acme', service.issuer)
      .replace('tenant:acme:', 'tenant:simulated:')
      .replace('simulated == false', 'simulated == true');
  });
  const ask = async (
    inputs: readonly JsonObject[],
    { path = PATH, rules = policy }: { readonly path?: string; readonly rules?: string } = {},
  ): Promise<readonly string[]> => {
    const questions = inputs.map((input) => ({ policy: rules, path, input }));
    const answers = await askProgram(python, questions, [join(ROOT, 'peers', 'rego', 'main.py')]);
    return answers.map(({ verdict }) => verdict);
  };

  test('allows an attested workload its secret, and no other', async () => {
    expect(await ask([claims])).toEqual(['accept']);
    expect(await ask([claims], { path: 'default/llm-training/weights' })).toEqual(['reject']);
  });

  test('refuses what says otherwise, or nothing, about any claim that it reads', async () => {
    const members = ['iss', 'aud', 'sub', 'att.tcb_status', 'att.debug', 'att.simulated'];
    const variations = variationsOf(claims, members);
    const verdicts = await ask(variations.map((variation) => variation.claims));
    expect(variations.map(({ what }, index) => `${what}: ${verdicts[index]}`)).toEqual(
      variations.map(({ what }) => `${what}: reject`),
    );
  });

  test('refuses a submodule that is not affirming, and a token without any', async () => {
    const status = (word: string): JsonObject => ({ ...claims, submods: { cpu0: { 'ear.status': word } } });
    expect(await ask([status('affirming')])).toEqual(['accept']);
    const gpu = {
      ...claims,
      submods: { cpu0: { 'ear.status': 'affirming' }, gpu0: { 'ear.status': 'none' } },
    };
    expect(await ask([status('warning'), { ...claims, submods: {} }, gpu])).toEqual([
      'reject',
      'reject',
      'reject',
    ]);
  });

  test('refuses another workload, and another audience', async () => {
    const other = await service.attest({
      audience: 'another-kbs',
      measurement: OTHER_MEASUREMENT,
      encryption: true,
    });
    const same = await service.attest({ audience: 'another-kbs', encryption: true });
    expect(await ask([other, same].map((one) => decodeJwt(one.token) as JsonObject))).toEqual([
      'reject',
      'reject',
    ]);
  });

  test('as printed refuses simulated hardware', async () => {
    const rules = policy.replace('simulated == true', 'simulated == false');
    expect(rules).not.toBe(policy);
    expect(await ask([claims], { rules })).toEqual(['reject']);
  });
});
