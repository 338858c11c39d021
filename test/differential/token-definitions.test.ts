/**
 * Tokens of each profile against definitions of their claims in CDDL (RFC 8610; test/cddl), by a validator of others. The
 * definitions are closed and exact, and each token that is otherwise in one place must be refused.
 */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../src/rats/result.js';
import { TOKEN_PROFILES, type TokenProfile } from '../../src/rats/token-form.js';
import { type ClaimsInput, claimsOf } from '../../src/token/profile.js';
import { anyClaimsInput, sampleClaimsInput } from '../token/claims-input.js';
import { type Answer, askProgram } from './peer.js';
import { programOfPeer } from './suite.js';

const SAMPLES = { numRuns: 200, seed: 20261127 };
const DEFINITIONS = new URL('../../../test/cddl/', import.meta.url);

const program = programOfPeer('rust-cddl');
const describePeer = program === null ? describe.skip : describe;

/** With every addition there is. */
const FULL: Partial<ClaimsInput> = {
  rpNonce: 'rp-nonce-0123',
  clientId: 'loader',
  awsTags: true,
  encryptionKey: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' },
};

function stamped(input: ClaimsInput): JsonObject {
  return {
    iss: input.issuer,
    iat: 1_795_400_000,
    nbf: 1_795_400_000,
    exp: 1_795_400_300,
    jti: 'j',
    ...claimsOf(input),
  };
}

async function judge(profile: TokenProfile, documents: readonly JsonValue[]): Promise<readonly Answer[]> {
  const read = (name: string) => readFile(new URL(name, DEFINITIONS), 'utf8');
  const definition = (await Promise.all([read(`${profile}.cddl`), read('claims.cddl')])).join('\n');
  return askProgram(
    program ?? '',
    documents.map((document) => ({ definition, document: JSON.stringify(document) })),
  );
}

/** A way down from the top: names of members, numbers of elements. */
type Path = readonly (string | number)[];

function pathsIn(value: JsonValue): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [];
  const members: readonly (readonly [string | number, JsonValue])[] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value as JsonObject);
  return members.flatMap(([name, member]) => [[name], ...pathsIn(member).map((below) => [name, ...below])]);
}

/** The document with what is at the path made into something else; undefined: taken away. */
function changed(
  document: JsonValue,
  [name, ...below]: Path,
  change: (value: JsonValue) => JsonValue | undefined,
): JsonValue {
  if (name === undefined) return change(document) ?? null;
  if (Array.isArray(document)) {
    const list: readonly JsonValue[] = document;
    return list.flatMap((element, index) => {
      if (index !== name) return [element];
      if (below.length > 0) return [changed(element, below, change)];
      const made = change(element);
      return made === undefined ? [] : [made];
    });
  }
  const members = Object.entries(document as JsonObject).flatMap(([member, value]) => {
    if (member !== name) return [[member, value] as const];
    const made = below.length > 0 ? changed(value, below, change) : change(value);
    return made === undefined ? [] : [[member, made] as const];
  });
  return Object.fromEntries(members);
}

/** A value of another type. */
function otherType(value: JsonValue): JsonValue {
  if (typeof value === 'string') return 7;
  if (Array.isArray(value)) return { a: 'b' };
  return typeof value === 'object' ? [] : String(value);
}

/** What the drafts leave to the issuer, or an audience to choose. */
const OPTIONAL = [
  /^(exp|ear_status|eat_nonce|cnf|client_id|tee-pubkey|https:\/\/aws\.amazon\.com\/tags)$/u,
  /^tee-pubkey y$/u,
  /^submods cpu0 (ear_appraisal_policy_ids|ear\.appraisal-policy-id)$/u,
  /^submods cpu0 ear[._]trustworthiness[-_]vector \S+$/u,
  /principal_tags \S+$/u,
];
/** Objects whose members are named by whoever fills them. */
const OPEN = [/^submods$/u, /principal_tags$/u];
const among = (path: Path, patterns: readonly RegExp[]) => patterns.some((one) => one.test(path.join(' ')));

describePeer.each(TOKEN_PROFILES)('tokens in the profile %s', (profile) => {
  const sample = stamped(sampleClaimsInput({ ...FULL, profile }));
  const accepted = ({ verdict }: Answer) => verdict === 'accept';

  test('are as the definition has them, whatever was decided and chosen', async () => {
    const inputs = fc.sample(anyClaimsInput, SAMPLES).map((input) => ({ ...input, profile }));
    const documents = [sample, ...inputs.map(stamped)];
    const answers = await judge(profile, documents);
    const refused = answers.filter((answer) => !accepted(answer)).map(({ reason }) => reason);
    expect(refused).toEqual([]);
    expect(answers).toHaveLength(SAMPLES.numRuns + 1);
  });

  test('are refused where any one claim is of another type', async () => {
    const paths = pathsIn(sample);
    expect(paths.length).toBeGreaterThan(50);
    const answers = await judge(
      profile,
      paths.map((path) => changed(sample, path, otherType)),
    );
    const overlooked = paths.filter((_, index) => answers[index]?.verdict !== 'reject');
    expect(overlooked).toEqual([]);
  });

  test('are refused where any one claim is missing that may not', async () => {
    const paths = pathsIn(sample).filter((path) => !among(path, OPTIONAL));
    expect(paths.length).toBeGreaterThan(30);
    const answers = await judge(
      profile,
      paths.map((path) => changed(sample, path, () => undefined)),
    );
    const overlooked = paths.filter((_, index) => answers[index]?.verdict !== 'reject');
    expect(overlooked).toEqual([]);
  });

  test('are refused where any one object has a claim too many', async () => {
    const isObject = (value: JsonValue) => typeof value === 'object' && !Array.isArray(value);
    const objects: Path[] = [[]];
    for (const path of pathsIn(sample)) {
      changed(sample, path, (value) => {
        if (isObject(value) && !among(path, OPEN)) objects.push(path);
        return value;
      });
    }
    const more = (value: JsonValue): JsonValue => ({ ...(value as JsonObject), more: 1 });
    const answers = await judge(
      profile,
      objects.map((path) => changed(sample, path, more)),
    );
    expect(objects.length).toBeGreaterThan(4);
    expect(objects.filter((_, index) => answers[index]?.verdict !== 'reject')).toEqual([]);
  });

  test.each<[string, Path, JsonValue]>([
    ['a fraction of a second', ['iat'], 1_795_400_000.5],
    ['another profile', ['eat_profile'], 'tag:github.com,2024:confidential-containers/Trustee'],
    ['one nonce in an array', ['eat_nonce'], ['rp-nonce-0123']],
    ['a nonce that is too short', ['eat_nonce'], 'rp-nonc'],
    ['no attester', ['submods'], {}],
    ['another version of `att`', ['att', 'v'], 2],
  ])('are refused with %s', async (_what, path, value) => {
    const answers = await judge(profile, [changed(sample, path, () => value)]);
    expect(answers.map(({ verdict }) => verdict)).toEqual(['reject']);
  });

  test('are refused with a vector that is empty or beyond eight bits, and with a status that is none', async () => {
    const paths = pathsIn(sample);
    const vectors = paths.filter((path) => /vector$/u.test(path.join(' ')));
    const statuses = paths.filter((path) => /ear[._]status$/u.test(path.join(' ')));
    expect([vectors.length, statuses.length]).toEqual(
      profile === 'ear-compat' ? [2, 3] : [1, profile === 'ear' ? 2 : 1],
    );
    const documents = [
      ...vectors.flatMap((path) =>
        [{}, { hardware: 128 }, { hardware: -129 }, { hardware: 2.5 }, { hardwear: 2 }].map((vector) =>
          changed(sample, path, () => vector),
        ),
      ),
      ...statuses.map((path) => changed(sample, path, () => 'trusted')),
    ];
    const answers = await judge(profile, documents);
    expect(answers.map(({ verdict }) => verdict)).toEqual(documents.map(() => 'reject'));
  });
});
