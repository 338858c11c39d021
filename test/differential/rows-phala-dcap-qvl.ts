/**
 * Where the npm package @phala/dcap-qvl and Assay differ. The rows, and the facts that they look at, are those of the
 * comparison that also looks at statuses and advisories; here only whether a quote is accepted counts.
 */
import {
  EXPECTED_DISAGREEMENTS,
  type ExpectedDisagreement,
} from '../vectors/differential/expected-disagreements.js';
import type { Facts } from '../vectors/differential/facts.js';
import { codes, type Row } from './comparison.js';
import { readFacts } from './shared-rows.js';
import type { TdxMaterial } from './tdx-material.js';

/** Its row is about statuses alone. */
const NOT_HERE = ['merge'];

export const PHALA_DCAP_QVL: readonly Row<TdxMaterial>[] = [
  ...EXPECTED_DISAGREEMENTS.filter(({ id }) => !NOT_HERE.includes(id)).map(rowOf),
  {
    id: 'size-limit',
    reason:
      'Assay reads no more than a quote can be, padded as kernels pad it; the package takes zeros behind a quote without end.',
    refuses: codes('evidence_too_large'),
  },
];

function rowOf({ id, reason, refuses, objects }: ExpectedDisagreement): Row<TdxMaterial> {
  /** No row explains what cannot be read. */
  const holds = (material: TdxMaterial, test: (facts: Facts) => boolean): boolean => {
    const facts = readFacts(material);
    return facts !== null && test(facts);
  };
  return {
    id,
    reason,
    ...(refuses && { refuses: (code, material) => holds(material, (facts) => refuses(code, facts)) }),
    ...(objects && { objects: (why, material) => holds(material, (facts) => objects(why, facts)) }),
  };
}
