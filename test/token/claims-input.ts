/** What tokens are made of: one sample, and any. */
import fc from 'fast-check';
import { TOKEN_PROFILES } from '../../src/rats/token-form.js';
import type { ClaimsInput } from '../../src/token/profile.js';

export const ISSUER = 'https://attest.example/t/acme';

export function sampleClaimsInput(changes: Partial<ClaimsInput> = {}): ClaimsInput {
  return {
    profile: 'ear',
    tenant: 'acme',
    issuer: ISSUER,
    verifierId: { developer: 'https://attest.example', build: 'assay 0.1.0' },
    decision: {
      id: 'dec_Zc1u9kB6u0Xo2l8m3n4p5Q',
      workload: 'llm-serving',
      referenceVersion: 42,
      status: 'affirming',
      vector: { hardware: 2, executables: 3, configuration: 2, 'runtime-opaque': 2 },
      tee: 'sev-snp',
      generation: 'genoa',
      debug: false,
      simulated: false,
      measurement: 'ab'.repeat(48),
      evidenceDigest: 'cd'.repeat(32),
      policy: 'standard@7',
      policyDigest: 'ef'.repeat(32),
      tcb: { status: 'UpToDate', source: 'assay-amd-bulletins@2026-11', date: '2026-06-10' },
    },
    tcbInGrace: false,
    audience: 'vault-prod',
    rpNonce: null,
    keyThumbprint: 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U',
    encryptionKey: null,
    clientId: null,
    awsTags: false,
    ...changes,
  };
}

const name = fc.stringMatching(/^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/u);
const hex = (bytes: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${bytes * 2}}$`, 'u'));
const value = fc.integer({ min: -128, max: 127 });

const decision: fc.Arbitrary<ClaimsInput['decision']> = fc.record({
  id: fc.stringMatching(/^dec_[\w-]{22}$/u),
  workload: name,
  referenceVersion: fc.integer({ min: 1 }),
  // A token is never issued below `warning`; the forms do not depend on that.
  status: fc.constantFrom('none', 'affirming', 'warning', 'contraindicated'),
  vector: fc.record(
    { hardware: value, executables: value, configuration: value, 'runtime-opaque': value },
    { requiredKeys: ['hardware'] },
  ),
  tee: fc.constantFrom('sev-snp', 'tdx', 'az-sev-snp', 'az-tdx'),
  generation: fc.constantFrom('milan', 'genoa', 'turin', 'tdx-05'),
  debug: fc.boolean(),
  simulated: fc.boolean(),
  measurement: hex(48),
  evidenceDigest: hex(32),
  policy: fc.tuple(fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}$/u), fc.nat()).map(([of, n]) => `${of}@${n}`),
  policyDigest: hex(32),
  tcb: fc.record({
    status: fc.constantFrom('UpToDate', 'NotShown', 'OutOfDate', 'ConfigurationAndSWHardeningNeeded'),
    source: fc.constantFrom('intel-tcb-info', 'assay-amd-bulletins@2026-11'),
    date: fc.constantFrom('', '2026-06-10'),
  }),
});

/** In any profile, with any additions. */
export const anyClaimsInput: fc.Arbitrary<ClaimsInput> = fc.record({
  profile: fc.constantFrom(...TOKEN_PROFILES),
  tenant: name,
  issuer: name.map((tenant) => `https://attest.example/t/${tenant}`),
  verifierId: fc.constant({ developer: 'https://attest.example', build: 'assay 0.1.0' }),
  decision,
  tcbInGrace: fc.boolean(),
  audience: fc.stringMatching(/^[\x21-\x7e]{1,255}$/u),
  rpNonce: fc.option(fc.stringMatching(/^[\x21-\x7e]{8,88}$/u)),
  keyThumbprint: fc.option(fc.stringMatching(/^[\w-]{43}$/u)),
  encryptionKey: fc.option(
    fc.record({
      kty: fc.constant('EC'),
      crv: fc.constant('P-256'),
      x: fc.stringMatching(/^[\w-]{43}$/u),
      y: fc.stringMatching(/^[\w-]{43}$/u),
    }),
  ),
  clientId: fc.option(fc.stringMatching(/^[\x21-\x7e]{1,255}$/u)),
  awsTags: fc.boolean(),
});
