/** Whether two verifiers agree about a mutant, and if not, which expected disagreements explain all of it. */
import { REFUSALS } from '../../../src/rats/refusal.js';
import { EXPECTED_DISAGREEMENTS } from './expected-disagreements.js';
import { type Facts, factsOf } from './facts.js';
import { decidedByDcapQvl, decidedByIntel, reachedByDcapQvl, type Verdict } from './levels.js';
import { type AssayOpinion, askAssay, askDcapQvl, type Material, type Opinion } from './opinions.js';

export interface Comparison {
  readonly name: string;
  readonly assay: AssayOpinion;
  readonly dcapQvl: Opinion;
  readonly agreed: boolean;
  /** Ids of the rows that explain the disagreement; empty: nothing does. */
  readonly explainedBy: readonly string[];
}

export async function compare(material: Material): Promise<Comparison> {
  const [assay, dcapQvl] = [await askAssay(material), askDcapQvl(material)];
  const common = { name: material.name, assay, dcapQvl };
  if (!assay.accepted && !dcapQvl.accepted) return { ...common, agreed: true, explainedBy: [] };
  const facts = factsOf(material);
  // Who accepts must say what the rules say that it follows, else no row explains anything; both may be wrong alike.
  const lawful =
    (!assay.accepted || (sameVerdict(assay, decidedByIntel(facts)) && !mustRefuse(facts))) &&
    (!dcapQvl.accepted || sameVerdict(dcapQvl, decidedByDcapQvl(reachedByDcapQvl(facts))));
  if (!lawful) return { ...common, agreed: false, explainedBy: [] };
  const agreed = assay.accepted && dcapQvl.accepted && sameVerdict(assay, dcapQvl);
  return { ...common, agreed, explainedBy: agreed ? [] : explain(assay, dcapQvl, facts) };
}

/** A row that would explain a refusal of Assay's holds for the material: then accepting is wrong. */
function mustRefuse(facts: Facts): boolean {
  return EXPECTED_DISAGREEMENTS.some((row) => REFUSALS.some(({ code }) => row.refuses?.(code, facts)));
}

function sameVerdict(a: Verdict, b: Verdict | null): boolean {
  return b !== null && a.status === b.status && a.advisories.join() === b.advisories.join();
}

function explain(assay: AssayOpinion, dcapQvl: Opinion, facts: Facts): readonly string[] {
  if (!dcapQvl.accepted) {
    return EXPECTED_DISAGREEMENTS.filter((row) => row.objects?.(dcapQvl.why, facts)).map(({ id }) => id);
  }
  if (assay.accepted) {
    return EXPECTED_DISAGREEMENTS.filter((row) => row.differs?.(assay.tcb, facts)).map(({ id }) => id);
  }
  // Every failed check needs its reason: one that is explained does not excuse another.
  const reasons = assay.failed.map((code) =>
    EXPECTED_DISAGREEMENTS.filter((row) => row.refuses?.(code, facts)).map(({ id }) => id),
  );
  return reasons.some((ids) => ids.length === 0) ? [] : [...new Set(reasons.flat())];
}
