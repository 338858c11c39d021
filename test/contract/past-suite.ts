/** The past as the stores tell it: every answer that was given under an epoch is given again, whatever came after. */
import { describe, expect, test } from '@jest/globals';
import type { PlatformIdentity } from '../../src/rats/platform.js';
import type { Stores } from '../../src/verifier/ports.js';
import type { PastMoment, ReferenceLookup } from '../../src/verifier/reference-ports.js';
import {
  makeTenant,
  minutesLater,
  NOW,
  randomHex,
  sampleCommit,
  sampleDocument,
  samplePlatform,
  sampleReference,
  sampleWorkload,
} from './samples.js';
import type { Opened } from './storage-suite.js';

/** Numbers that look random and are the same in each run. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const WORKLOADS = ['alpha', 'beta', 'gamma'];
const STEPS = 40;

/** One change of some workload: a new version, or another state of one; what is not allowed changes nothing. */
async function change(stores: Stores, tenant: string, step: number, next: (below: number) => number) {
  const workload = WORKLOADS[next(WORKLOADS.length)] ?? '';
  const now = minutesLater(step);
  if (next(3) === 0) {
    const measurement = MEASUREMENTS[next(MEASUREMENTS.length)] ?? '';
    const value = sampleReference(next(2) === 0 ? { measurement } : { measurement, host_data: HOST_DATA }, {
      activate: next(3) > 0,
      notAfter: next(4) === 0 ? minutesLater(STEPS / 2) : null,
    });
    await stores.referenceValues.create(tenant, workload, value, now);
    return;
  }
  const to = (['active', 'retired', 'revoked'] as const)[next(3)] ?? 'retired';
  const reason = to === 'revoked' ? `step ${step}` : null;
  await stores.referenceValues.transition(tenant, workload, 1 + next(6), to, reason, now);
}

const MEASUREMENTS = [randomHex(48), randomHex(48)];
const HOST_DATA = randomHex(32);

function queriesOf(tenant: string, at: Date): readonly ReferenceLookup[] {
  return MEASUREMENTS.flatMap((measurement) =>
    [null, ['alpha', 'gamma'], []].map((workloads) => ({
      tenant,
      tee: 'sev-snp' as const,
      fields: { measurement, host_data: HOST_DATA },
      workloads,
      at,
    })),
  );
}

export function describePast(opened: Opened): void {
  describe('the past', () => {
    test.each([1, 2, 3])(
      'of reference values is as it was found, whatever followed (seed %d)',
      async (seed) => {
        const { stores } = opened();
        const tenant = await makeTenant(stores);
        for (const name of WORKLOADS) await stores.workloads.create(tenant, sampleWorkload(name));
        const next = numbersFrom(seed);
        const answers: { moment: PastMoment; query: ReferenceLookup; matching: unknown; alike: unknown }[] =
          [];
        for (let step = 1; step <= STEPS; step += 1) {
          await change(stores, tenant, step, next);
          const at = minutesLater(step);
          for (const query of queriesOf(tenant, at)) {
            const { epoch, matching } = await stores.referenceValues.lookup(query);
            const alike = await stores.referenceValues.neighbours(query);
            answers.push({ moment: { epoch, recordedAt: at }, query, matching, alike });
          }
        }
        expect(answers.some(({ matching }) => (matching as unknown[]).length > 1)).toBe(true);
        for (const { moment, query, matching, alike } of answers) {
          const then = stores.referenceValues.asOf(moment);
          expect(await then.lookup(query)).toEqual({ epoch: moment.epoch, matching });
          expect(await then.neighbours(query)).toEqual(alike);
        }
      },
    );

    test('of the register is as it stood under each epoch', async () => {
      const { stores } = opened();
      const [ours, theirs] = [await makeTenant(stores), await makeTenant(stores)];
      const identity: PlatformIdentity = { kind: 'snp-csp-id', value: 'CN=past.example' };
      const known: [bigint, unknown][] = [];
      const remember = async () => {
        const { epoch, platform } = await stores.platforms.find(ours, identity);
        known.push([epoch, platform]);
      };
      await remember();
      for (const label of ['rack 1', 'rack 2']) {
        const made = samplePlatform(identity, { label });
        await stores.platforms.create(ours, made);
        await remember();
        await stores.platforms.remove(ours, made.id);
        await remember();
      }
      expect(known.map(([, platform]) => platform)).toMatchObject([
        null,
        { label: 'rack 1' },
        null,
        { label: 'rack 2' },
        null,
      ]);
      for (const [epoch, platform] of known) {
        expect(await stores.platforms.findAsOf(ours, identity, epoch)).toEqual(platform);
        expect(await stores.platforms.findAsOf(theirs, identity, epoch)).toBeNull();
      }
    });

    test('of a decision has the epoch that it committed under and the workload that was named', async () => {
      const { stores } = opened();
      const tenant = await makeTenant(stores);
      await stores.platforms.create(tenant, samplePlatform({ kind: 'snp-csp-id', value: 'any' }));
      const { epoch } = await stores.platforms.find(tenant, { kind: 'snp-csp-id', value: 'any' });
      const [named, plain, older] = [
        sampleCommit(tenant, { epoch, named: 'llm' }),
        sampleCommit(tenant, { epoch }),
        sampleCommit(tenant),
      ];
      for (const entry of [named, plain, older])
        expect(await stores.decisions.commit(entry)).toBe('committed');
      const grounds = (entry: typeof named) => stores.decisions.groundsOf(tenant, entry.decision.id);
      expect(await grounds(named)).toEqual({ epoch, named: 'llm' });
      expect(await grounds(plain)).toEqual({ epoch, named: null });
      expect(await grounds(older)).toEqual({ epoch: null, named: null });
      expect(await stores.decisions.groundsOf(tenant, 'dec_none')).toBeNull();
      expect(await stores.decisions.groundsOf(await makeTenant(stores), named.decision.id)).toBeNull();
    });

    test('of documents: each generation is found by its digest, in its realm and of its kind', async () => {
      const { stores } = opened();
      const subject = randomHex(6);
      const [old, young] = [1, 2].map((number) =>
        sampleDocument({ kind: 'snp-vcek-crl', subject, sequence: BigInt(number) }),
      );
      if (old === undefined || young === undefined) throw new TypeError('two were made');
      for (const document of [old, young]) await stores.endorsements.keep('genuine', document, 'import', NOW);
      const named = (kind: string, sha256: string) => ({ kind, sha256 });
      const asked = [old, young, old].map(({ sha256 }) => named('snp-vcek-crl', sha256));
      const found = await stores.endorsements.named('genuine', asked);
      const expected = [old, young].map(({ kind, sha256, bytes }) => ({ kind, subject, sha256, bytes }));
      const order = (one: { sha256: string }, other: { sha256: string }) =>
        one.sha256 < other.sha256 ? -1 : 1;
      expect([...found].sort(order)).toEqual(expected.sort(order));
      for (const [realm, name] of [
        ['simulated', named('snp-vcek-crl', old.sha256)],
        ['genuine', named('snp-vlek-crl', old.sha256)],
        ['genuine', named('snp-vcek-crl', randomHex(32))],
      ] as const) {
        expect(await stores.endorsements.named(realm, [name])).toEqual([]);
      }
      expect(await stores.endorsements.named('genuine', [])).toEqual([]);
    });
  });
}
