/** Codes that evidence, its endorsements or a policy can earn: `assay verify` on files, and on those of the twin without the fault. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RefusalCode } from '../../src/rats/refusal.js';
import type { Verdict } from '../../src/rats/result.js';
import { FAULTS, mintGuest, TD_FAULTS, writeGuest, writeTd } from '../../src/simulator/index.js';
import { assay } from '../cli/run-assay.js';
import { mintPair, mintTdPair, SAME } from '../faults/judgement.js';
import { simulatedIntel, simulatedVendor } from '../simulated-vendor.js';

export interface Judged {
  readonly exitCode: number;
  /** Null where the command line itself was refused. */
  readonly verdict: Verdict | null;
  readonly err: string;
}

export interface Judgements {
  readonly refused: Judged;
  readonly accepted: Judged;
}

export type Kind = 'snp' | 'tdx';

/** Names that differ between the TEEs. */
const FILES = {
  snp: { evidence: 'report.bin', description: 'guest.json', anchor: 'ark.pem', faults: FAULTS },
  tdx: { evidence: 'quote.bin', description: 'td.json', anchor: 'root-ca.pem', faults: TD_FAULTS },
} as const;

/** The TEEs of which evidence can be made that earns the code. */
export function kindsFor(code: RefusalCode): readonly Kind[] {
  return (['snp', 'tdx'] as const).filter((kind) => FILES[kind].faults.includes(code));
}

/** Both under the policy of the faulted one, where it has one, and held to the same reference values. */
export function verifyFault(kind: Kind, fault: RefusalCode): Promise<Judgements> {
  return withDirectories(async (faulted, twin) => {
    const written = await writeBoth(kind, fault, [faulted, twin]);
    const policy = written.includes('policy.json') ? join(faulted, 'policy.json') : null;
    const references = join(faulted, 'reference-values.json');
    return {
      refused: await verify(kind, faulted, policy, references),
      accepted: await verify(kind, twin, policy, references),
    };
  });
}

/** A policy with one misspelt member, and the same spelt well; the evidence is sound. */
export function verifyPolicy(): Promise<Judgements> {
  return withDirectories(async (misspelt, sound) => {
    const guest = await mintGuest(await simulatedVendor(), SAME);
    for (const dir of [misspelt, sound]) await writeGuest(dir, guest);
    const write = async (dir: string, policy: object): Promise<string> => {
      const path = join(dir, 'policy.json');
      await writeFile(path, JSON.stringify(policy));
      return path;
    };
    const heading = { name: 'of-a-test', version: 1 };
    const wrong = await write(misspelt, { ...heading, snp: { vmpls: [0] } });
    const right = await write(sound, { ...heading, snp: { vmpl: [0] } });
    return {
      refused: await verify('snp', misspelt, wrong),
      accepted: await verify('snp', sound, right),
    };
  });
}

async function withDirectories<Result>(
  work: (one: string, other: string) => Promise<Result>,
): Promise<Result> {
  const dirs = await Promise.all([0, 1].map(() => mkdtemp(join(tmpdir(), 'assay-code-'))));
  const [one = '', other = ''] = dirs;
  try {
    return await work(one, other);
  } finally {
    for (const dir of dirs) await rm(dir, { recursive: true, force: true });
  }
}

async function writeBoth(
  kind: Kind,
  fault: RefusalCode,
  [faultedDir, twinDir]: readonly [string, string],
): Promise<readonly string[]> {
  if (kind === 'snp') {
    const { faulted, twin } = await mintPair(await simulatedVendor(), fault, {});
    await writeGuest(twinDir, twin);
    return writeGuest(faultedDir, faulted);
  }
  const { faulted, twin } = await mintTdPair(await simulatedIntel(), fault, {});
  await writeTd(twinDir, twin);
  return writeTd(faultedDir, faulted);
}

async function verify(
  kind: Kind,
  dir: string,
  policy: string | null,
  references: string = join(dir, 'reference-values.json'),
): Promise<Judged> {
  const { evidence, description, anchor } = FILES[kind];
  const { at, report_data: reportData } = JSON.parse(await readFile(join(dir, description), 'utf8'));
  const { code, out, err } = await assay([
    ...['verify', join(dir, evidence), '--json', '--at', at],
    ...['--endorsements', dir, '--trust-anchor', join(dir, anchor)],
    ...['--reference-values', references, '--report-data', reportData],
    ...(existsSync(join(dir, 'event_log.bin')) ? ['--event-log', join(dir, 'event_log.bin')] : []),
    ...(policy === null ? [] : ['--policy', policy]),
  ]);
  return { exitCode: code, verdict: out === '' ? null : (JSON.parse(out) as Verdict), err };
}
