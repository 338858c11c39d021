/** Authenticated evidence for tests of appraisal, sealed as a scheme would. */
import { type AuthenticatedEvidence, sealAuthenticated } from '../../src/rats/evidence.js';
import type { ReferenceQuery, ReferenceValue } from '../../src/rats/reference-value.js';

export const AT = new Date('2026-11-20T12:00:00Z');
export const MEASUREMENT = 'ab'.repeat(48);
export const OTHER = 'cd'.repeat(48);

type Parts = Parameters<typeof sealAuthenticated>[0];

/** A guest whose own TEE finds nothing wrong. */
export function sampleEvidence(changes: Partial<Parts> = {}): AuthenticatedEvidence {
  return sealAuthenticated({
    tee: 'sev-snp',
    referenceTee: 'sev-snp',
    generation: 'milan',
    debug: false,
    measurement: MEASUREMENT,
    simulated: false,
    evidenceDigest: '11'.repeat(32),
    claims: {},
    referenceFields: {
      measurement: MEASUREMENT,
      host_data: '22'.repeat(32),
      id_key_digest: '33'.repeat(48),
      author_key_digest: '44'.repeat(48),
      family_id: '55'.repeat(16),
      image_id: '66'.repeat(16),
    },
    platformIdentity: null,
    tcb: {
      status: 'UpToDate',
      source: 'assay-amd-bulletins@2026-11',
      date: '2026-04-14',
      advisories: [],
      platform: null,
      module: null,
      qe: null,
    },
    tierCap: 'affirming',
    trustUntil: new Date('2027-01-01T00:00:00Z'),
    endorsementsUsed: [],
    stale: [],
    retryAfter: null,
    recollection: { machine: 'chip 1', state: 'as delivered', facts: () => ({}) },
    demandChecks: () => [],
    appraise: () => ({
      checks: [],
      vector: { hardware: 2, configuration: 2, 'runtime-opaque': 2 },
      graceUntil: null,
    }),
    ...changes,
  });
}

export function referenceValue(changes: Partial<ReferenceValue> = {}): ReferenceValue {
  return {
    workload: 'llm-serving',
    version: 1,
    tee: 'sev-snp',
    covers: 'boot',
    match: { measurement: [MEASUREMENT] },
    notBefore: null,
    notAfter: null,
    ...changes,
  };
}

export function given(...candidates: readonly ReferenceValue[]): ReferenceQuery {
  return { given: true, candidates };
}

export const NOT_GIVEN: ReferenceQuery = { given: false, candidates: [] };
