/** What a tenant has: names, ids, keys, tokens and records that are like no other’s, and the same of somebody who never was. */
import { randomBytes } from 'node:crypto';
import { createChallengeSeal } from '../../../src/verifier/challenge.js';
import type { Holder } from '../../token/possession.js';
import { mintHolder } from '../../token/possession.js';
import { ISSUER } from '../issuers.js';

/** Texts that tell whose they are. */
export interface Words {
  readonly issuer: string;
  readonly tenant: string;
  readonly apiKey: string;
  readonly apiKeyId: string;
  readonly apiKeyName: string;
  readonly workload: string;
  readonly description: string;
  readonly provenance: string;
  readonly label: string;
  readonly reason: string;
  readonly audience: string;
  readonly keyedAudience: string;
  readonly authority: string;
  readonly policy: string;
  readonly platform: string;
  readonly chip: string;
  readonly owner: string;
  readonly decision: string;
  readonly challenge: string;
  readonly token: string;
  readonly jti: string;
  readonly thumbprint: string;
  readonly kid: string;
  readonly idempotencyKey: string;
  readonly cursor: string;
  readonly decisionCursor: string;
  readonly etag: string;
  readonly tenantEtag: string;
  readonly measurement: string;
}

export interface Belongings {
  /** Of the issuer, under the service’s own. */
  readonly path: string;
  readonly issuer: string;
  /** Stands in all names of its own. */
  readonly word: string;
  readonly words: Words;
  /** Of the key that the token is bound to. */
  readonly holder: Holder;
}

export const measurementOf = ({ words }: Belongings): Buffer => Buffer.from(words.measurement, 'hex');

/** Texts that no other tenant may be told. Everybody’s are out: `default` and `simulated` stand in many. */
export function secretsOf({ path, words }: Belongings): Readonly<Record<string, string>> {
  const { issuer, tenant, ...rest } = words;
  return {
    ...rest,
    ...(issuer === ISSUER ? {} : { issuer }),
    ...(path.startsWith('/t/') ? { tenant } : {}),
  };
}

/** As long and of the same letters as what it stands for, and nobody’s. */
export async function nobodyLike(theirs: Belongings): Promise<Belongings> {
  const { words } = theirs;
  const word = randomBytes(theirs.word.length).reduce((text, byte) => text + letter(byte), '');
  const renamed = (text: string): string => text.replaceAll(theirs.word, word);
  const moved = (cursor: string): string =>
    Buffer.from(renamed(Buffer.from(cursor, 'base64url').toString())).toString('base64url');
  const holder = await mintHolder();
  const issuer = `${ISSUER}/t/${word}`;
  const challenge = createChallengeSeal(randomBytes(32), issuer).seal({
    audience: renamed(words.audience),
    binding: 'v1',
    nonce: randomBytes(32),
    rpNonce: null,
    expiresAt: new Date(payloadOf(words.challenge, 2).exp as string),
  });
  const decision = `dec_${text(22)}`;
  const jti = text(words.jti.length);
  const kid = text(43);
  return {
    ...{ path: theirs.path, issuer, word, holder },
    words: {
      ...{ issuer, tenant: word, challenge, decision, jti, kid },
      ...{ apiKey: `ak_${text(43)}`, apiKeyId: `key_${text(16)}`, apiKeyName: renamed(words.apiKeyName) },
      ...{ workload: renamed(words.workload), description: renamed(words.description) },
      ...{
        provenance: renamed(words.provenance),
        label: renamed(words.label),
        reason: renamed(words.reason),
      },
      ...{ audience: renamed(words.audience), keyedAudience: renamed(words.keyedAudience) },
      ...{
        authority: randomBytes(32).toString('hex'),
        policy: renamed(words.policy),
        owner: renamed(words.owner),
      },
      ...{ platform: `plt_${text(22)}`, chip: randomBytes(64).toString('hex') },
      ...{ token: forged(words.token, kid), thumbprint: holder.thumbprint },
      ...{
        idempotencyKey: renamed(words.idempotencyKey),
        etag: `"${text(22)}"`,
        tenantEtag: `"${text(22)}"`,
      },
      ...{ cursor: moved(words.cursor), decisionCursor: movedDecision(words, decision) },
      measurement: randomBytes(48).toString('hex'),
    },
  };
}

function letter(byte: number): string {
  return String.fromCharCode(97 + (byte % 26));
}

function text(length: number): string {
  return randomBytes(length).toString('base64url').slice(0, length);
}

function payloadOf(compact: string, part: number): Record<string, unknown> {
  return JSON.parse(Buffer.from(compact.split('.')[part] ?? '', 'base64url').toString());
}

/** The same claims under a key that nobody has; its signature is noise. */
function forged(token: string, kid: string): string {
  const [, claims = '', signature = ''] = token.split('.');
  const header = { ...payloadOf(token, 0), kid };
  const encoded = Buffer.from(JSON.stringify(header)).toString('base64url');
  return [encoded, claims, text(signature.length)].join('.');
}

function movedDecision({ decisionCursor, decision }: Words, other: string): string {
  const position = Buffer.from(decisionCursor, 'base64url').toString();
  return Buffer.from(position.replaceAll(decision, other)).toString('base64url');
}
