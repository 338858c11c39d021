/** What the JSON Schema of policies says beside what the library makes of the parser’s. */
import { describe, expect, test } from '@jest/globals';
import { policyJsonSchema } from '../../../src/appraisal/policy/json-schema.js';

type Schema = Readonly<Record<string, unknown>>;

/** The schema and all within it. */
function schemasIn(value: unknown): readonly Schema[] {
  if (typeof value !== 'object' || value === null) return [];
  return [...(Array.isArray(value) ? [] : [value as Schema]), ...Object.values(value).flatMap(schemasIn)];
}

const membersOf = ({ properties }: Schema): readonly string[] => Object.keys(properties ?? {});
const ALL = schemasIn(policyJsonSchema());

describe('the schema of policies', () => {
  test('says what it is, of which draft, and where more is said', () => {
    expect(policyJsonSchema()).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'Appraisal policy of Assay',
      description:
        'What is left out is as in the policy `standard`. docs/policies.md says what each member asks.',
      required: ['name'],
      additionalProperties: false,
    });
  });

  test('has every value of a list once, and says so of lists alone', () => {
    const lists = ALL.filter(({ type }) => type === 'array');
    expect(lists.length).toBeGreaterThan(20);
    for (const list of lists) expect(list.uniqueItems).toBe(true);
    expect(ALL.filter((schema) => 'uniqueItems' in schema)).toEqual(lists);
  });

  test('asks of a floor for a cpuid or a product, and of nothing else', () => {
    const floors = ALL.filter((schema) => membersOf(schema).includes('cpuid'));
    expect(floors.map(membersOf)).toEqual([
      ['cpuid', 'product', 'tcb'],
      ['cpuid', 'product', 'minimum'],
      ['cpuid', 'product', 'bits'],
    ]);
    for (const floor of floors) {
      expect(floor.oneOf).toEqual([{ required: ['cpuid'] }, { required: ['product'] }]);
    }
    expect(ALL.filter((schema) => 'oneOf' in schema)).toEqual(floors);
  });

  test('asks of a TCB floor for one component at least', () => {
    const floors = ALL.filter((schema) => 'minProperties' in schema);
    expect(floors.map((floor) => [membersOf(floor), floor.minProperties])).toEqual([
      [['bootloader', 'tee', 'snp', 'microcode', 'fmc'], 1],
    ]);
  });
});
