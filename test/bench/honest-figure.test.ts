/** The bench measures verification: where nobody verifies, its figures fall, and a signature that fails ends the run. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { NODE_BARE } from '../../bench/bare.js';
import { type LibraryCosts, measureLibrary, requireDistinct, verifyOne } from '../../bench/library.js';
import { makeWorld, type Submission, type Tee, type World } from '../../bench/world.js';

/** From the built test: build/test/bench. */
const BUILD = fileURLToPath(new URL('../..', import.meta.url));
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const RUN_LIMIT = 300_000;

/** Rounds, operations of a round and of the warm-up: small, but past the first compilation. */
const SIZE = ['6', '40', '300'];

/** Whoever verifies the evidence of both TEEs, and what it becomes when nobody does. */
const VERIFICATION = {
  file: 'pki/signature.js',
  check: 'return ecdsa.verify({ key, hash, message, signature: sideBySide(r, s) });',
  instead: 'return true;',
} as const;

async function runSolo(build: string, what: string): Promise<LibraryCosts> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    join(build, 'bench', 'solo.js'),
    what,
    ...SIZE,
  ]);
  return JSON.parse(stdout) as LibraryCosts;
}

/** Beside the build, so that packages are found from it as from the original. */
async function copyWithoutVerification(): Promise<string> {
  const copy = await mkdtemp(join(ROOT, 'build-bench-'));
  for (const folder of ['src', 'bench'])
    await cp(join(BUILD, folder), join(copy, folder), { recursive: true });
  // The same addon, where there is one: figures of two implementations could not be compared.
  await symlink(join(BUILD, 'native'), join(copy, 'native'));
  const path = join(copy, 'src', VERIFICATION.file);
  const parts = (await readFile(path, 'utf8')).split(VERIFICATION.check);
  // A check that moved elsewhere must not make this test pass for want of anything to switch off.
  expect(parts).toHaveLength(2);
  await writeFile(path, parts.join(VERIFICATION.instead));
  return copy;
}

describe('the printed cost', () => {
  let copy = '';
  beforeAll(async () => {
    copy = await copyWithoutVerification();
  });
  afterAll(() => rm(copy, { recursive: true, force: true }));

  test(
    'of SNP loses most of a P-384 verify when verification is replaced by true',
    async () => {
      // In turn, and the lowest of each: what else the machine does makes a run dearer, never cheaper.
      const costs = { real: [] as LibraryCosts[], faulted: [] as LibraryCosts[] };
      for (let turn = 0; turn < 2; turn += 1) {
        costs.real.push(await runSolo(BUILD, 'snp'));
        costs.faulted.push(await runSolo(copy, 'snp'));
      }
      const lowest = (taken: readonly LibraryCosts[]) => Math.min(...taken.map(({ known }) => known.cpuMs));
      const bare = Math.min(...[...costs.real, ...costs.faulted].map((taken) => taken.bare.cpuMs));
      const saved = lowest(costs.real) - lowest(costs.faulted);
      expect(lowest(costs.real)).toBeGreaterThan(bare);
      expect(lowest(costs.faulted)).toBeLessThan((lowest(costs.real) * 2) / 3);
      expect(saved).toBeGreaterThan(bare / 2);
    },
    RUN_LIMIT,
  );
});

/** A byte of r: the signature keeps its form and holds no more. */
function spoil(submission: Submission, offset: number): Submission {
  const evidence = Uint8Array.from(submission.evidence);
  evidence[offset] = (evidence[offset] ?? 0) ^ 1;
  const signature = Uint8Array.from(submission.signed.signature);
  signature[8] = (signature[8] ?? 0) ^ 1;
  return { ...submission, evidence, signed: { ...submission.signed, signature } };
}

describe.each<[Tee, offset: number, code: string]>([
  ['snp', 0x2a0 + 8, 'snp_signature_invalid'],
  ['tdx', 636 + 8, 'tdx_quote_signature_invalid'],
])('a run over %s', (tee, offset, code) => {
  let world: World;
  beforeAll(async () => {
    world = await makeWorld(tee);
  });

  test('verifies signatures that all differ', async () => {
    const seen = new Set<string>();
    let minted = 0;
    const counted: World = {
      ...world,
      known: async () => {
        const submission = await world.known();
        minted += 1;
        seen.add(Buffer.from(submission.signed.signature).toString('hex'));
        return submission;
      },
      fresh: async () => {
        const submission = await world.fresh();
        minted += 1;
        seen.add(Buffer.from(submission.signed.signature).toString('hex'));
        return submission;
      },
    };
    await measureLibrary(counted, { rounds: 2, count: 3, warmUp: 4 }, NODE_BARE);
    // The warm-up, two rounds of the known and one of the new.
    expect(minted).toBe(4 + 2 * 3 + 3);
    expect(seen.size).toBe(minted);
  });

  test('ends when a signature comes twice', async () => {
    const once = await world.known();
    const again: World = { ...world, known: async () => once };
    await expect(measureLibrary(again, { rounds: 1, count: 2, warmUp: 2 }, NODE_BARE)).rejects.toThrow(
      'the same signature',
    );
    expect(() => requireDistinct([once], new Set())).not.toThrow();
  });

  test('ends when a signature does not hold', async () => {
    const good = await world.known();
    const bad = spoil(good, offset);
    await expect(NODE_BARE.pooled(good.signed)).resolves.toBeUndefined();
    await expect(NODE_BARE.pooled(bad.signed)).rejects.toThrow('does not hold');
    await expect(verifyOne(world, good)).resolves.toBeUndefined();
    await expect(verifyOne(world, bad)).rejects.toThrow(code);
    const spoilt: World = { ...world, known: async () => spoil(await world.known(), offset) };
    await expect(measureLibrary(spoilt, { rounds: 1, count: 2, warmUp: 2 }, NODE_BARE)).rejects.toThrow(code);
  });
});
