/** Genuine reports under AMD's genuine roots: who they turn out to be, and when nothing can be said of them. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { loadPinnedAnchors } from '../../src/platform/pinned-anchors.js';
import type { EndorsementSet } from '../../src/rats/endorsement.js';
import type { Authentication, RevocationMode } from '../../src/rats/evidence.js';
import type { JsonObject, JsonValue } from '../../src/rats/result.js';
import { parseEvidence } from '../../src/tee/registry.js';
import { snpScheme } from '../../src/tee/snp/index.js';
import { NO_DEMANDS, reading } from '../tee/context.js';
import { describeWithVectors } from '../vectors-home.js';
import { instantWithCrl, type SnpSample, snpSamples, vcekCrl } from './snp-samples.js';

/** Fewer would mean that the vectors were not found, or that entries are passed over. */
const SAMPLES = 17;
/** Those of them with an instant inside the windows of both the leaf and its product's list. */
const WITH_LIST = 13;

const YEAR = 365 * 86_400_000;

interface Given {
  readonly at: Date;
  readonly revocation: RevocationMode;
  readonly endorsements?: EndorsementSet;
  readonly evidence?: Uint8Array;
  readonly certificates?: readonly Uint8Array[];
}

async function judge(sample: SnpSample, given: Given): Promise<Authentication> {
  const certificates = given.certificates ?? [sample.leaf, sample.chain];
  const evidence = parseEvidence('auto', given.evidence ?? sample.report, certificates);
  const anchors = loadPinnedAnchors();
  return evidence.authenticate({
    ...given,
    demands: NO_DEMANDS,
    anchors,
    endorsements: given.endorsements ?? [],
  });
}

const codeOf = (result: Authentication): string =>
  result.kind === 'authentic' ? 'authentic' : `${result.kind} ${result.refusal.code}`;

/** Claims in the names of the manifest. */
function inManifestWords(claims: JsonObject): JsonObject {
  const word = (name: 'policy' | 'platform_info'): JsonObject => claims[name] as JsonObject;
  const { raw: policy, debug, migrate_ma, smt } = word('policy');
  return {
    ...claims,
    policy: policy ?? null,
    platform_info: word('platform_info').raw ?? null,
    debug_allowed: debug ?? null,
    migrate_ma: migrate_ma ?? null,
    smt_allowed: smt ?? null,
    flags: flagsOf(claims),
  };
}

/** KEY_INFO: the author key in bit 0, a VLEK as 1 from bit 2; a masked chip key would not be authentic. */
function flagsOf(claims: JsonObject): JsonValue {
  const word = (claims.author_key_enabled === true ? 1 : 0) | (claims.signing_key === 'VLEK' ? 1 << 2 : 0);
  return `0x${word.toString(16)}`;
}

/** From the JSON: the table beside it as a file of its own lacks the last byte of its last certificate. */
function tableOf(tsm: Uint8Array): Uint8Array {
  const { auxblob } = JSON.parse(Buffer.from(tsm).toString('utf8')) as { readonly auxblob: string };
  return new Uint8Array(Buffer.from(auxblob, 'base64url'));
}

/** What the collectors of the vectors found out by other means. */
const FINDINGS = ['signature_ok', 'chain_ok', 'accept_structurally'];

describeWithVectors('genuine SEV-SNP reports', (home) => {
  const samples = snpSamples(home);

  test(`there are at least ${SAMPLES}`, () => {
    expect(samples.length).toBeGreaterThanOrEqual(SAMPLES);
  });

  test.each(samples.map((sample) => [sample.slug, sample] as const))(
    '%s is authentic at its instant, and says what it is known to say',
    async (_slug, sample) => {
      const result = await judge(sample, { at: sample.pinned, revocation: 'best-effort' });
      if (result.kind !== 'authentic') throw new Error(codeOf(result));
      const claims = inManifestWords(result.evidence.claims);
      const expected = Object.entries(sample.expected).filter(([name]) => !FINDINGS.includes(name));
      expect(expected.length).toBeGreaterThan(20);
      expect(claims).toMatchObject(Object.fromEntries(expected));
      expect(result.evidence).toMatchObject({
        generation: sample.product.toLowerCase(),
        simulated: false,
        measurement: sample.expected.measurement,
        tierCap: 'warning',
      });
    },
  );

  test.each(samples.map((sample) => [sample.slug, sample] as const))(
    '%s needs a list under `required`, and one of its own kind',
    async (_slug, sample) => {
      const at = sample.pinned;
      expect(codeOf(await judge(sample, { at, revocation: 'required' }))).toBe(
        'undecided collateral_unavailable',
      );
    },
  );

  test('with AMD’s lists they are authentic under `required` inside both windows, undecided outside', async () => {
    let judged = 0;
    for (const sample of samples) {
      const at = instantWithCrl(sample);
      if (at === null) continue;
      judged += 1;
      const endorsements = [vcekCrl(home, sample.product)];
      const [list] = await snpScheme.readEndorsement(
        'vcek_crl.der',
        endorsements[0]?.bytes ?? new Uint8Array(),
        reading(loadPinnedAnchors()),
      );
      if (list === undefined) throw new Error('a list must be read');
      const within = await judge(sample, { at, revocation: 'required', endorsements });
      expect([sample.slug, codeOf(within)]).toEqual([sample.slug, 'authentic']);
      if (within.kind === 'authentic') {
        expect(within.evidence.tierCap).toBe('affirming');
        expect(within.evidence.trustUntil.getTime()).toBeLessThanOrEqual(list.expiresAt.getTime());
      }
      const after = new Date(list.expiresAt.getTime() + 1000);
      for (const revocation of ['required', 'best-effort'] as const) {
        const late = await judge(sample, { at: after, revocation, endorsements });
        expect([sample.slug, codeOf(late)]).toEqual([sample.slug, 'undecided snp_crl_stale']);
      }
      const before = new Date(list.issuedAt.getTime() - 1000);
      if (before > sample.leafNotBefore) {
        const early = await judge(sample, { at: before, revocation: 'required', endorsements });
        expect([sample.slug, codeOf(early)]).toEqual([sample.slug, 'undecided clock_skew']);
      }
    }
    expect(judged).toBeGreaterThanOrEqual(WITH_LIST);
  });

  test('outside the leaf’s own window they are refused', async () => {
    for (const sample of samples) {
      const late = await judge(sample, {
        at: new Date(sample.leafNotAfter.getTime() + 1000),
        revocation: 'best-effort',
      });
      expect([sample.slug, codeOf(late)]).toEqual([sample.slug, 'refused snp_cert_expired']);
      const early = await judge(sample, {
        at: new Date(sample.leafNotBefore.getTime() - 1000),
        revocation: 'best-effort',
      });
      expect([sample.slug, codeOf(early)]).toEqual([sample.slug, 'refused snp_cert_not_yet_valid']);
    }
  });

  test('the pinned authorities complete a leaf that came alone', async () => {
    for (const sample of samples) {
      const given = { at: sample.pinned, revocation: 'best-effort', certificates: [sample.leaf] } as const;
      expect([sample.slug, codeOf(await judge(sample, given))]).toEqual([sample.slug, 'authentic']);
    }
  });

  test('envelopes around genuine reports are taken off', async () => {
    let found = 0;
    for (const sample of samples) {
      const at = sample.pinned;
      const read = (name: string): Uint8Array | null => {
        const path = join(sample.directory, name);
        return existsSync(path) ? new Uint8Array(readFileSync(path)) : null;
      };
      const tsm = read('tsm-report.json');
      const table = tsm === null ? null : tableOf(tsm);
      const forms: readonly (readonly [string, Uint8Array | null, readonly Uint8Array[]])[] = [
        ['azure-hcl', read('hcl_report.bin'), [sample.leaf, sample.chain]],
        ['configfs-tsm', tsm, []],
        ['extended', table === null ? null : Uint8Array.of(...sample.report, ...table), []],
      ];
      for (const [envelope, evidence, certificates] of forms) {
        if (evidence === null) continue;
        found += 1;
        expect(parseEvidence('auto', evidence, certificates).envelope).toBe(envelope);
        const result = await judge(sample, { at, revocation: 'best-effort', evidence, certificates });
        expect([sample.slug, envelope, codeOf(result)]).toEqual([sample.slug, envelope, 'authentic']);
      }
    }
    expect(found).toBeGreaterThanOrEqual(5);
  });

  test('leaves, chains and lists are endorsements under the names that reports ask for', async () => {
    const anchors = reading(loadPinnedAnchors());
    for (const sample of samples) {
      const file = sample.signingKey === 'VCEK' ? 'vcek.der' : 'vlek.der';
      const [leaf] = await snpScheme.readEndorsement(file, sample.leaf, anchors);
      const chain = await snpScheme.readEndorsement('chain.pem', sample.chain, anchors);
      expect(chain.map(({ kind }) => kind)).toEqual([
        sample.signingKey === 'VCEK' ? 'snp-ask' : 'snp-asvk',
        'snp-ark',
      ]);
      const { requirements } = parseEvidence('auto', sample.report, []);
      if (sample.signingKey === 'VLEK') continue;
      expect(requirements.map(({ subject }) => subject)).toContain(leaf?.subject);
      const at = sample.pinned;
      const endorsements = leaf === undefined ? [] : [leaf];
      const given = { at, revocation: 'best-effort', endorsements, certificates: [] } as const;
      expect([sample.slug, codeOf(await judge(sample, given))]).toEqual([sample.slug, 'authentic']);
    }
  });

  test('the debug guest is genuine all the same', async () => {
    const sample = samples.find(({ slug }) => slug === 'milan-v2-debug');
    if (sample === undefined) throw new Error('the debug sample is missing');
    const result = await judge(sample, { at: sample.pinned, revocation: 'best-effort' });
    expect(result.kind === 'authentic' && result.evidence.debug).toBe(true);
  });

  test('a year after the last leaf nothing is authentic', async () => {
    const at = new Date(Math.max(...samples.map(({ leafNotAfter }) => leafNotAfter.getTime())) + YEAR);
    for (const sample of samples) {
      expect((await judge(sample, { at, revocation: 'best-effort' })).kind).toBe('refused');
    }
  });
});
