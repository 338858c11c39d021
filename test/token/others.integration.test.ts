/** Tokens of a running service before the libraries that brokers are written with: each finds the keys by itself. */
import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, errors, jwtVerify, SignJWT } from 'jose';
import { type Attempt, type RunningService, startRunningService } from '../brokers/service.js';
import { built, describeWith, PYTHON } from '../brokers/tools.js';
import { type Answer, askProgram } from '../differential/peer.js';
import { ROOT } from '../docs/markdown.js';

const AUDIENCE = 'vault-prod';
const RSA_AUDIENCE = 'rs256-prod';
/** What is good stays so, however busy the machine is. */
const LONG = { workloads: ['llm-serving'], lifetime: 1200 };

interface Presented {
  readonly what: string;
  /** Whom the reader takes itself for. */
  readonly audience: string;
  readonly token: string;
  readonly good: boolean;
}

let service: RunningService;
let stranger: RunningService;
let presented: readonly Presented[] = [];

beforeAll(async () => {
  [service, stranger] = await Promise.all([startRunningService(), startRunningService()]);
  await service.create('/v1/audiences', { name: 'other', workloads: ['llm-serving'] });
  for (const issuer of [service, stranger]) {
    await issuer.create('/v1/audiences', { name: AUDIENCE, ...LONG });
  }
  await service.create('/v1/audiences', { name: RSA_AUDIENCE, alg: 'RS256', ...LONG });
  presented = await tokens();
  // None of them was refused by the service, or was left empty by this file.
  expect(presented.filter(({ token }) => token.split('.').length !== 3)).toEqual([]);
}, 120_000);
afterAll(async () => {
  await service.close();
  await stranger.close();
});

async function tokens(): Promise<readonly Presented[]> {
  const genuine = (await service.attest()).token;
  const claims = decodeJwt(genuine);
  const header = { ...decodeProtectedHeader(genuine), alg: 'ES256' };
  const [head = '', body = '', signature = ''] = genuine.split('.');
  const [, promoted = ''] = unsigned(
    {},
    { ...claims, ear_status: 'affirming', sub: 'tenant:default:workload:x' },
  );
  const forger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const bad = (what: string, token: string): Presented => ({ what, audience: AUDIENCE, token, good: false });
  const good = async (what: string, attempt: Attempt): Promise<Presented> => {
    const { audience = AUDIENCE } = attempt;
    return { what, audience, token: (await service.attest(attempt)).token, good: true };
  };
  return [
    { what: 'of an SNP guest', audience: AUDIENCE, token: genuine, good: true },
    await good('of a TD', { tee: 'tdx' }),
    await good('signed RS256', { audience: RSA_AUDIENCE }),
    bad('for another audience', (await service.attest({ audience: 'other' })).token),
    bad('of another service, alike but for its keys', (await stranger.attest()).token),
    bad('that has ended', (await service.attest({ offset: -1300 })).token),
    bad('that has not begun', (await service.attest({ offset: 1300 })).token),
    bad('with other claims under its signature', `${head}.${promoted}.${signature}`),
    bad('with a signature of zeros', `${head}.${body}.${'A'.repeat(86)}`),
    bad('without signature: alg none', [...unsigned({ alg: 'none', typ: 'JWT' }, claims), ''].join('.')),
    bad(
      'signed by another key under its kid',
      await new SignJWT(claims).setProtectedHeader(header).sign(forger.privateKey),
    ),
    bad(
      'signed by the key in its own header',
      await new SignJWT(claims)
        .setProtectedHeader({
          ...header,
          kid: 'forged',
          jwk: publicHalf(forger.publicKey.export({ format: 'jwk' })),
        })
        .sign(forger.privateKey),
    ),
    bad('signed HS256 with the public key for a secret', await signedWithPublicKey(header.kid ?? '', claims)),
  ];
}

function unsigned(header: object, claims: object): readonly string[] {
  return [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
}

function publicHalf({ kty = '', crv = '', x = '', y = '' }: JsonWebKey) {
  return { kty, crv, x, y };
}

async function signedWithPublicKey(kid: string, claims: object): Promise<string> {
  const reply = await fetch(`${service.issuer}/.well-known/jwks.json`);
  const secret = new Uint8Array(await reply.arrayBuffer());
  return new SignJWT({ ...claims }).setProtectedHeader({ alg: 'HS256', kid, typ: 'JWT' }).sign(secret);
}

/** What each says of each token, told apart by more than yes and no where it says no. */
function expectVerdicts(answers: readonly Answer[]): void {
  expect(answers.map(({ verdict }, index) => `${presented[index]?.what}: ${verdict}`)).toEqual(
    presented.map(({ what, good }) => `${what}: ${good ? 'accept' : 'reject'}`),
  );
  const reasons = answers.filter(({ verdict }) => verdict === 'reject').map(({ reason }) => reason);
  expect(reasons.filter((reason) => reason === '')).toEqual([]);
  // Whoever refuses everything for one reason has looked at nothing else.
  expect(new Set(reasons).size).toBeGreaterThan(4);
}

const questions = () => presented.map(({ token, audience }) => ({ token, issuer: service.issuer, audience }));

describe('jose', () => {
  test('accepts what is genuine and refuses the rest', async () => {
    const reply = await fetch(`${service.issuer}/.well-known/openid-configuration`);
    const { jwks_uri } = (await reply.json()) as { readonly jwks_uri: string };
    const keys = createRemoteJWKSet(new URL(jwks_uri));
    const judge = async ({ token, audience }: Presented): Promise<Answer> => {
      try {
        await jwtVerify(token, keys, {
          issuer: service.issuer,
          audience,
          algorithms: ['ES256', 'RS256'],
          requiredClaims: ['sub', 'iat', 'nbf', 'exp', 'jti'],
          clockTolerance: 5,
        });
        return { verdict: 'accept', reason: '' };
      } catch (error) {
        if (!(error instanceof errors.JOSEError)) throw error;
        return { verdict: 'reject', reason: `${error.code}: ${error.message}` };
      }
    };
    expectVerdicts(await Promise.all(presented.map(judge)));
  });
});

describeWith(PYTHON, 'PyJWT', (python) => {
  test('accepts what is genuine and refuses the rest', async () => {
    expectVerdicts(await askProgram(python, questions(), [join(ROOT, 'peers', 'pyjwt', 'main.py')]));
  });
});

describeWith(built('golang-jwt'), 'golang-jwt', (program) => {
  test('accepts what is genuine and refuses the rest', async () => {
    expectVerdicts(await askProgram(program, questions()));
  });
});
