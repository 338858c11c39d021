/** Every refusal code is raised in one place of the source. A code of both TEEs may have one in each. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { REFUSALS } from '../../src/rats/refusal.js';
import { type Naming, namingsOf } from './raising-places.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const CODES = new Set<string>(REFUSALS.map(({ code }) => code));

/** The table itself; evidence that is made to earn codes; how checks are drawn. */
const APART = /^src\/(?:rats\/refusal-table|simulator|cli\/render)\//u;

/** What routes may refuse. */
const DESCRIPTIONS = /^src\/http\/(?:openapi|routes)\//u;

/** Further arrays of codes: the order of a procedure, whose expectations stay with the operator; answers that the agent knows. */
const LISTS: readonly string[] = [
  'src/agent/attestation.ts',
  'src/appraisal/appraise.ts',
  'src/tee/snp/checks.ts',
  'src/tee/snp/leaf-search.ts',
  'src/tee/snp/revocation.ts',
  'src/tee/tdx/checks.ts',
  'src/tee/tdx/pck-chain.ts',
  'src/tee/tdx/revocation.ts',
  'src/verifier/binding-checks.ts',
  'src/verifier/told-denial.ts',
];

/** Arrays whose codes are raised right there, one after the other. */
const RAISING_LISTS: readonly string[] = ['src/tee/tdx/collateral-problems.ts PROBLEM_CODES'];

/** Further places that name a code as if they raised it, by place and code, with the reason. */
const FURTHER: Readonly<Record<string, string>> = {
  'src/appraisal/checks/debug.ts CODES snp_policy_debug': 'looked for once more for every TEE alike',
  'src/appraisal/checks/debug.ts CODES tdx_debug_td': 'looked for once more for every TEE alike',
  'src/appraisal/checks/reference-codes.ts FIELD_CODES snp_author_key_not_trusted':
    'pinned in a reference value, where the check of the TEE asks the policy',
  'src/appraisal/checks/reference-codes.ts FIELD_CODES snp_guest_svn_below_minimum':
    'FAMILY_ID and IMAGE_ID of a reference value, where the check of the TEE asks the policy for GUEST_SVN',
  'src/appraisal/checks/reference-codes.ts FIELD_CODES snp_id_key_not_trusted':
    'pinned in a reference value, where the check of the TEE asks the policy',
  'src/http/schemas/common.ts RefusalName report_data_mismatch': 'the example of the API description',
  'src/tee/snp/presented.ts failedCheckOf snp_chain_signature_invalid':
    'which check an unreadable certificate fails',
  'src/tee/snp/presented.ts failedCheckOf snp_chain_untrusted': 'which check an unreadable certificate fails',
  'src/tee/snp/presented.ts failedCheckOf snp_vek_extension_invalid':
    'which check an unreadable certificate fails',
  'src/tee/snp/presented.ts splitBlobs snp_chain_untrusted': 'which check an unreadable file fails',
  'src/tee/snp/recall.ts recallReport snp_cert_expired': 'what is foreseen of the end of a certificate',
  'src/tee/snp/recall.ts recallReport snp_crl_stale': 'what is foreseen of the end of a list',
  'src/tee/tdx/recall.ts recallQuote stale_collateral': 'what is foreseen of the end of a document',
  'src/tee/tdx/recall.ts recallQuote tdx_cert_expired': 'what is foreseen of the end of a certificate',
  'src/tee/tdx/recall.ts recallQuote tdx_crl_stale': 'what is foreseen of the end of a list',
  'src/tee/tdx/signed-collateral.ts datesOf clock_skew':
    'a finding, of which collateral-problems.ts makes the entry',
  'src/tee/tdx/signed-collateral.ts datesOf stale_collateral':
    'a finding, of which collateral-problems.ts makes the entry',
  'src/tee/tdx/tcb-evaluation.ts foreignIdentity tdx_qe_identity_signature_invalid':
    'a sound signature that speaks for another enclave',
  'src/token/issuer.ts issueToken collateral_unavailable':
    'a document that was in force when it was judged ends before the token is signed',
  'src/verifier/service.ts createVerifier internal_error': 'the label of a metric',
  'src/verifier/binding-checks.ts reportDataMismatch report_data_mismatch':
    'the problem that carries the failed check',
};

function sources(directory = 'src'): readonly string[] {
  return readdirSync(join(ROOT, directory), { withFileTypes: true }).flatMap((entry) => {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory()) return sources(path);
    return path.endsWith('.ts') && !APART.test(path) ? [path] : [];
  });
}

const namings = sources().flatMap((file) => namingsOf(file, readFileSync(join(ROOT, file), 'utf8'), CODES));
const placeOf = ({ file, place }: Naming): string => `${file} ${place}`;
const raising = namings.filter(
  (naming) =>
    naming.kind === 'raises' || (naming.kind === 'listed' && RAISING_LISTS.includes(placeOf(naming))),
);

/** Places that raise the code, apart from the further ones, by TEE where they belong to one. */
function placesOf(code: string): Readonly<Record<string, readonly string[]>> {
  const found = raising
    .filter((naming) => naming.code === code && FURTHER[`${placeOf(naming)} ${code}`] === undefined)
    .map((naming) => [/^src\/tee\/(snp|tdx)\//u.exec(naming.file)?.[1] ?? 'all', placeOf(naming)] as const);
  const groups: Record<string, readonly string[]> = {};
  for (const [group, place] of found) groups[group] = [...new Set([...(groups[group] ?? []), place])];
  return groups;
}

describe('each refusal code', () => {
  test.each([...CODES])('%s is raised in one place', (code) => {
    const groups = placesOf(code);
    expect(Object.values(groups).map((places) => places.length)).not.toEqual([]);
    // More than one, and the failure names them.
    expect(Object.values(groups).filter((places) => places.length > 1)).toEqual([]);
    if (groups.all !== undefined) expect(Object.keys(groups)).toEqual(['all']);
  });
});

describe('the places', () => {
  test('that further ones are listed for exist', () => {
    const there = new Set(raising.map((naming) => `${placeOf(naming)} ${naming.code}`));
    expect(Object.keys(FURTHER).filter((place) => !there.has(place))).toEqual([]);
    for (const reason of Object.values(FURTHER)) expect(reason.length).toBeGreaterThan(15);
  });

  test('where codes are only listed are known by name', () => {
    const listed = namings.filter((naming) => naming.kind === 'listed');
    const files = listed.filter((naming) => !RAISING_LISTS.includes(placeOf(naming))).map(({ file }) => file);
    const others = files.filter((file) => !DESCRIPTIONS.test(file));
    expect([...new Set(others)].sort()).toEqual([...LISTS]);
  });

  test('of a source are told apart by what is done with the code', () => {
    const source = [
      "const ORDER = ['one', 'two'];",
      "function judge() { return ok ? passed('one', S) : failed('one', S, {}); }",
      "function other(code: 'one' | 'two') { if (code === 'two') refuse('two', 'parse', refuse('one')); }",
      "const lookUp = () => refuseDocument('two', 'x');",
    ].join('\n');
    const found = namingsOf('f.ts', source, new Set(['one', 'two'])).map(
      ({ code, place, kind }) => `${code} ${place} ${kind}`,
    );
    expect(found).toEqual([
      ...['one ORDER listed', 'two ORDER listed', 'one judge mentions', 'one judge raises'],
      ...[
        'one other mentions',
        'two other mentions',
        'two other mentions',
        'two other raises',
        'one other raises',
      ],
      'two lookUp offered',
    ]);
  });
});
