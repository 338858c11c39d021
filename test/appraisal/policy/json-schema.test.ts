import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { policyJsonSchema } from '../../../src/appraisal/policy/json-schema.js';
import { parsePolicy } from '../../../src/appraisal/policy-schema.js';
import { PROFILES } from '../../../src/appraisal/profiles.js';
import type { JsonObject } from '../../../src/rats/result.js';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const EXAMPLES = `${ROOT}examples/policies/`;
const validate = new Ajv2020({ strict: true, strictRequired: false, allErrors: true }).compile(
  policyJsonSchema(),
);

function parses(document: unknown): boolean {
  try {
    parsePolicy(document);
    return true;
  } catch {
    return false;
  }
}

const example = (file: string): unknown => JSON.parse(readFileSync(`${EXAMPLES}${file}`, 'utf8'));

describe('docs/policy.schema.json', () => {
  test('is what the schema of policies says', async () => {
    const run = promisify(execFile)(process.execPath, [`${ROOT}scripts/policy-schema.mjs`, '--check']);
    await expect(run).resolves.toMatchObject({ stderr: '' });
  });

  test.each(readdirSync(EXAMPLES))('takes the example %s, and so does the parser', (file) => {
    const document = example(file);
    expect(validate(document)).toBe(true);
    expect(parses(document)).toBe(true);
  });

  test.each([...PROFILES.values()])(
    'takes the profile $name, defaults written out',
    ({ digest: _, ...document }) => {
      const written: unknown = JSON.parse(JSON.stringify(document));
      expect(validate(written)).toBe(true);
      expect(parses(written)).toBe(true);
    },
  );

  const mine = (sections: JsonObject): JsonObject => ({ name: 'mine', ...sections });

  test.each<[string, JsonObject]>([
    ['no name', {}],
    ['an unknown member', mine({ cca: {} })],
    ['a member of the wrong section', mine({ tdx: { accepted_tcb_statuses: ['UpToDate'] } })],
    ['Revoked accepted', mine({ common: { accepted_tcb_statuses: ['Revoked'] } })],
    ['no status', mine({ common: { accepted_tcb_statuses: [] } })],
    ['a status twice', mine({ common: { accepted_tcb_statuses: ['UpToDate', 'UpToDate'] } })],
    ['a grace without end', mine({ common: { grace: { statuses: ['OutOfDate'] } } })],
    ['debugging', mine({ snp: { policy_bits: { debug: 'any' } } })],
    ['a bit that cannot be required', mine({ snp: { policy_bits: { smt: 'required' } } })],
    ['a floor for nobody', mine({ snp: { tcb_floors: [{ tcb: { snp: 1 } }] } })],
    [
      'a floor for two',
      mine({ snp: { tcb_floors: [{ product: 'Milan', cpuid: '19/01/1', tcb: { snp: 1 } }] } }),
    ],
    ['a floor without components', mine({ snp: { tcb_floors: [{ product: 'Milan', tcb: {} }] } })],
    ['a chip in capitals', mine({ snp: { chips_denied: ['AB'.repeat(64)] } })],
    ['a bit beyond 63', mine({ tdx: { xfam: { required: [64] } } })],
    ['a rule without message', mine({ rules: [{ name: 'a', expression: 'true' }] })],
    ['a rule too long', mine({ rules: [{ name: 'a', expression: 'x'.repeat(1001), message: 'm' }] })],
  ])('refuses %s, and so does the parser', (_, document) => {
    expect(validate(document)).toBe(false);
    expect(parses(document)).toBe(false);
  });
});
