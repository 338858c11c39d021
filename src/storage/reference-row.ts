/** A reference version as a row and back. */
import type { Covers, ReferenceMatch, ReferenceTee } from '../rats/reference-value.js';
import type { ReferenceState, ReferenceVersion } from '../verifier/reference-ports.js';
import type { Row } from './database.js';
import { dateOf, integerOf, nullable, objectOf, textOf, wordOf } from './row.js';

const STATES: readonly ReferenceState[] = ['draft', 'active', 'retired', 'revoked'];
const TEES: readonly ReferenceTee[] = ['sev-snp', 'tdx'];
const COVERS: readonly Covers[] = ['firmware', 'boot', 'runtime'];

/** JSON columns hold what the store wrote from a parsed reference value. */
export function readReferenceVersion(row: Row): ReferenceVersion {
  return {
    workload: textOf(row, 'workload'),
    version: integerOf(row, 'version'),
    state: wordOf(row, 'state', STATES),
    tee: wordOf(row, 'tee', TEES),
    covers: wordOf(row, 'covers', COVERS),
    match: objectOf(row, 'match') as ReferenceMatch,
    notBefore: nullable(dateOf, row, 'not_before'),
    notAfter: nullable(dateOf, row, 'not_after'),
    provenance: nullable(objectOf, row, 'provenance'),
    labels: nullable(objectOf, row, 'labels') as Readonly<Record<string, string>> | null,
    createdAt: dateOf(row, 'created_at'),
    changedAt: dateOf(row, 'changed_at'),
    reason: nullable(textOf, row, 'reason'),
  };
}
