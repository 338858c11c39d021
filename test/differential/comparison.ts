/** Assay and its peers before the same evidence: who agrees, and which row explains whoever does not. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RefusalCode } from '../../src/rats/refusal.js';
import { type Setting, settingToText } from '../fuzz/format.js';
import type { Objections } from './opinion.js';
import { type Answer, askProgram, type Question } from './peer.js';

/** One reason why Assay and a peer may differ: what the rule is and where it stands, or what the peer does not look at. */
export interface Row<Material> {
  readonly id: string;
  readonly reason: string;
  /** Assay refuses with the code, the peer accepts. */
  readonly refuses?: (code: RefusalCode, material: Material) => boolean;
  /** Assay accepts, the peer refuses with the words. */
  readonly objects?: (why: string, material: Material) => boolean;
  /** The peer crashes with the words, whatever Assay says. */
  readonly crashes?: (words: string) => boolean;
}

/** For rows that hold wherever Assay has one of the codes. */
export function codes(...some: readonly RefusalCode[]): (code: RefusalCode) => boolean {
  return (code) => some.includes(code);
}

/** For rows that hold wherever the peer says so. */
export function words(pattern: RegExp): (why: string) => boolean {
  return (why) => pattern.test(why);
}

export interface Peer<Material> {
  readonly name: string;
  readonly rows: readonly Row<Material>[];
  /** In the order of the material. */
  readonly ask: (materials: readonly Material[]) => Promise<readonly Answer[]>;
}

export interface Tally {
  readonly peer: string;
  tried: number;
  agreed: number;
  /** By both. */
  accepted: number;
  /** How often each row was needed. */
  readonly rows: Map<string, number>;
  /** Each disagreement that is explained: what about, and by which rows. */
  readonly explained: string[];
  /** Disagreements that no row explains, in words, with the file that has everything to judge them by. */
  readonly unexplained: string[];
}

export function tallyOf<Material>({ name, rows }: Peer<Material>): Tally {
  const none = rows.map(({ id }) => [id, 0] as const);
  return {
    peer: name,
    tried: 0,
    agreed: 0,
    accepted: 0,
    rows: new Map(none),
    explained: [],
    unexplained: [],
  };
}

/** Asks a program; what cannot even be asked (null) is refused. */
export function askingOf<Material>(
  program: string,
  questionFor: (material: Material) => Question | null,
): Peer<Material>['ask'] {
  return async (materials) => {
    const questions = materials.map(questionFor);
    const given = await askProgram(
      program,
      questions.filter((question) => question !== null),
    );
    let next = 0;
    return questions.map((question) => {
      const answer = question === null ? undefined : given[next++];
      return answer ?? { verdict: 'reject', reason: 'no document that the peer could be handed' };
    });
  };
}

/** Ids of the rows that explain all of a disagreement; empty: nothing does. */
export function explain<Material>(
  rows: readonly Row<Material>[],
  material: Material,
  objections: Objections,
  { verdict, reason }: Answer,
): readonly string[] {
  const idsOf = (met: (row: Row<Material>) => boolean | undefined) =>
    rows.filter((row) => met(row) === true).map(({ id }) => id);
  if (verdict === 'crash') return idsOf(({ crashes }) => crashes?.(reason));
  if (verdict === 'reject') return idsOf(({ objects }) => objects?.(reason, material));
  const each = objections.map((code) => idsOf(({ refuses }) => refuses?.(code, material)));
  return each.some((ids) => ids.length === 0) ? [] : [...new Set(each.flat())];
}

/** Puts the material before all of the peers, and counts. */
export async function compareAll<Material extends { readonly name: string }>(
  materials: readonly Material[],
  askAssay: (material: Material) => Promise<Objections>,
  peers: readonly (readonly [Peer<Material>, Tally])[],
): Promise<void> {
  const asking = peers.map(async ([peer, tally]) => [peer, tally, await peer.ask(materials)] as const);
  const opinions: Objections[] = [];
  for (const material of materials) opinions.push(await askAssay(material));
  for (const [peer, tally, answers] of await Promise.all(asking)) {
    for (const [index, material] of materials.entries()) {
      const [objections, answer] = [opinions[index], answers[index]];
      if (objections === undefined || answer === undefined) throw new RangeError('a question without answer');
      count(peer, tally, material, objections, answer);
    }
  }
}

function count<Material extends { readonly name: string }>(
  { name, rows }: Peer<Material>,
  tally: Tally,
  material: Material,
  objections: Objections,
  answer: Answer,
): void {
  const accepted = objections.length === 0;
  tally.tried += 1;
  if (answer.verdict === (accepted ? 'accept' : 'reject')) {
    tally.agreed += 1;
    if (accepted) tally.accepted += 1;
    return;
  }
  const ids = explain(rows, material, objections, answer);
  for (const id of ids) tally.rows.set(id, (tally.rows.get(id) ?? 0) + 1);
  if (ids.length > 0) {
    tally.explained.push(`${material.name}: ${ids.join(', ')}`);
    return;
  }
  const says = `${answer.verdict} ${answer.reason.slice(0, 300)}`;
  const assay = accepted ? 'accepts' : `refuses: ${objections.join(', ')}`;
  tally.unexplained.push(
    `${material.name}\n  Assay ${assay}\n  ${name} ${says}\n  ${written(name, { material, objections, answer })}`,
  );
}

const FOLDER = fileURLToPath(new URL('../../../build/differential', import.meta.url));
let files = 0;

/** Everything to judge it by, for `replay.ts`, and what was said of it. */
function written(peer: string, disagreement: Setting): string {
  mkdirSync(FOLDER, { recursive: true });
  files += 1;
  const file = join(FOLDER, `${peer.replace(/\W+/gu, '-')}-${process.pid}-${files}.json`);
  writeFileSync(file, settingToText({ peer, ...disagreement }));
  return file;
}
