/**
 * What operators read: every check of sound evidence, and for each fault the checks that it changes. Written to
 * `test/fixtures/verdicts.txt` by `scripts/verdicts.mjs`; the tests beside this file compare.
 */
import { readFileSync } from 'node:fs';
import { type RefusalCode, refusalEntry } from '../../src/rats/refusal.js';
import type { CheckResult, JsonValue, Verdict } from '../../src/rats/result.js';
import { FAULTS, faultOf, mintGuest, mintTd, TD_FAULTS, tdFaultOf } from '../../src/simulator/index.js';
import { simulatedIntel, simulatedVendor } from '../simulated-vendor.js';
import { judge, judgeTd, mintPair, mintTdPair, SAME, SAME_TD } from './judgement.js';

/** A heading and what stands under it. */
export interface Section {
  readonly name: string;
  words(): Promise<string>;
}

/**
 * What each run draws anew: serial numbers, the chips of guests that are on another one than they say, and the length
 * of ECDSA signatures in a certificate.
 */
function settled(text: string): string {
  return text
    .replace(/\b0x[0-9a-f]{30,40}\b/gu, 'SERIAL')
    .replace(/\b(?!([0-9a-f]{2})\1+0*\b|0102030405060708)[0-9a-f]{64,}\b/gu, ({ length }) => `HEX(${length})`)
    .replace(/\bhas 7\d{4} bytes/gu, 'has 7.... bytes')
    .replace(/\b(?!01020304)[0-9a-f]{8}…/gu, 'HEX…');
}

function factsOf({ id, outcome, expected, observed, source, remedy }: CheckResult): string {
  const lines = [`  source: ${source}`];
  if (expected !== null) lines.push(`  expected: ${expected}`);
  if (observed !== null) lines.push(`  observed: ${observed}`);
  // The table's own is in docs/refusals.md.
  if (remedy !== null && !(outcome === 'fail' && remedy === refusalEntry(id).remedy)) {
    lines.push(`  remedy: ${remedy}`);
  }
  return settled(lines.join('\n'));
}

/** Checks that say the same share an entry. */
function wordsOf(checks: readonly CheckResult[]): string[] {
  const entries = new Map<string, string[]>();
  for (const check of checks) {
    const words = `${check.outcome}\n${factsOf(check)}`;
    entries.set(words, [...(entries.get(words) ?? []), check.id]);
  }
  return [...entries].map(([words, ids]) => words.replace('\n', ` ${ids.join(', ')}\n`));
}

/** Members one by one, those of members too. */
function linesOf(name: string, value: JsonValue): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [settled(`${name}: ${JSON.stringify(value)}`)];
  }
  return Object.entries(value).flatMap(([member, inner]) => linesOf(`${name}.${member}`, inner));
}

function headOf({ status, stage, code, claims, tcb }: Verdict): string[] {
  return [
    `${status}, ${code ?? 'no code'}, stage ${stage}`,
    ...linesOf('tcb', JSON.parse(JSON.stringify(tcb))),
    ...linesOf('claims', claims),
  ];
}

function soundWords(verdict: Verdict): string {
  const used = verdict.endorsements.map(({ kind, not_before, not_after }) => {
    return `uses ${kind}, ${not_before} to ${not_after}`;
  });
  return [...headOf(verdict), ...used, ...wordsOf(verdict.checks)].join('\n');
}

/** What the fault changes, and nothing that it leaves alone. */
function changedWords(faulted: Verdict, twin: Verdict): string {
  const said = ({ checks }: Verdict): string[] =>
    checks.map((check) => `${check.id} ${check.outcome} ${factsOf(check)}`);
  const before = new Set([...headOf(twin), ...said(twin)]);
  const changed = faulted.checks.filter((_, index) => !before.has(said(faulted)[index] ?? ''));
  return [...headOf(faulted).filter((line) => !before.has(line)), ...wordsOf(changed)].join('\n');
}

const SOUND_GUESTS = [
  { product: 'Milan' },
  { product: 'Milan', reportVersion: 2 },
  { product: 'Genoa', signingKey: 'VLEK' },
  { product: 'Turin', envelope: 'extended' },
  { product: 'Milan', envelope: 'azure-hcl' },
  { product: 'Genoa', vulnerable: true },
] as const;

const SOUND_TDS = [
  { quoteVersion: 4, ca: 'platform' },
  { quoteVersion: 5, ca: 'processor', bodyType: 3 },
] as const;

const guestSections: readonly Section[] = SOUND_GUESTS.map((options) => ({
  name: `guest ${Object.values(options).join(' ')}`,
  async words() {
    const vendor = await simulatedVendor();
    return soundWords(await judge(vendor, await mintGuest(vendor, { ...SAME, ...options })));
  },
}));

const tdSections: readonly Section[] = SOUND_TDS.map((options) => ({
  name: `TD ${Object.values(options).join(' ')}`,
  async words() {
    const intel = await simulatedIntel();
    return soundWords(await judgeTd(intel, await mintTd(intel, { ...SAME_TD, ...options })));
  },
}));

async function guestFaultWords(fault: RefusalCode): Promise<string> {
  const vendor = await simulatedVendor();
  const { signingKey = 'VCEK' } = faultOf(fault).clean ?? {};
  const { faulted, twin } = await mintPair(vendor, fault, { product: 'Milan', signingKey });
  const { policy } = faulted;
  return changedWords(await judge(vendor, faulted, { policy }), await judge(vendor, twin, { policy }));
}

async function tdFaultWords(fault: RefusalCode): Promise<string> {
  const intel = await simulatedIntel();
  const { ca = 'platform', quoteVersion = 4 } = tdFaultOf(fault).clean ?? {};
  const { faulted, twin } = await mintTdPair(intel, fault, { ca, quoteVersion });
  const { policy } = faulted;
  return changedWords(await judgeTd(intel, faulted, { policy }), await judgeTd(intel, twin, { policy }));
}

/** Sound evidence, all of it. */
export const SOUND: readonly Section[] = [...guestSections, ...tdSections];

/** What each fault changes. */
export const FAULTED: readonly Section[] = [
  ...FAULTS.map((fault) => ({ name: `guest with ${fault}`, words: () => guestFaultWords(fault) })),
  ...TD_FAULTS.map((fault) => ({ name: `TD with ${fault}`, words: () => tdFaultWords(fault) })),
];

/** Sections under their headings, as the file has them. */
export async function verdictPage(): Promise<string> {
  const parts: string[] = [];
  for (const { name, words } of [...SOUND, ...FAULTED]) parts.push(`== ${name}\n${await words()}\n`);
  return parts.join('\n');
}

/** What the file has, by name of the section. */
export function writtenWords(): ReadonlyMap<string, string> {
  return sectionsOf(readFileSync(new URL('../../../test/fixtures/verdicts.txt', import.meta.url), 'utf8'));
}

function sectionsOf(page: string): ReadonlyMap<string, string> {
  return new Map(
    page
      .split(/^== /mu)
      .slice(1)
      .map((part) => {
        const end = part.indexOf('\n');
        return [part.slice(0, end), part.slice(end + 1).trimEnd()];
      }),
  );
}
