import { describe, expect, test } from '@jest/globals';
import { VARIABLES } from '../../../src/appraisal/rules/claims-schema.js';
import type { Fields, Type } from '../../../src/appraisal/rules/types.js';
import type { JsonObject, JsonValue } from '../../../src/rats/result.js';
import { claimsOf as snpClaimsOf } from '../../../src/tee/snp/claims.js';
import { claimsOf as tdxClaimsOf } from '../../../src/tee/tdx/claims.js';
import { PROCESSORS, productOf, sampleReport } from '../../tee/snp/sample-report.js';
import { REPORT_10, samplePck, sampleReport as sampleTd } from '../../tee/tdx/sample-report.js';

/** What a claim is that is not what the schema says; empty: it is. */
function oddities(value: JsonValue, type: Type | undefined, path: string): readonly string[] {
  if (type === undefined) return [`${path} is not in the schema`];
  if (value === null)
    return type.kind === 'null' || (type.kind !== 'list' && type.nullable) ? [] : [`${path} null`];
  if (type.kind === 'object') return membersOdd(value as JsonObject, type.fields, path);
  const kinds = { bool: 'boolean', int: 'number', string: 'string', list: 'object', null: 'null' } as const;
  return typeof value === kinds[type.kind] ? [] : [`${path} is no ${type.kind}`];
}

function membersOdd(claims: JsonObject, fields: Fields, path: string): readonly string[] {
  return Object.entries(claims).flatMap(([name, value]) => oddities(value, fields[name], `${path}.${name}`));
}

function fieldsOf(type: Type | undefined): Fields {
  if (type?.kind !== 'object') throw new TypeError('claims are an object');
  return type.fields;
}

const CLAIMS = fieldsOf(VARIABLES.claims);

const SNP = PROCESSORS.flatMap((processor) =>
  [2, 3, 5].map((version) =>
    snpClaimsOf(sampleReport({ processor, version }), {
      product: productOf(processor),
      signingKey: 'VCEK',
      cspId: version === 3 ? 'CN=cloud' : null,
    }),
  ),
);
const TDX = [
  tdxClaimsOf({ quoteVersion: 4, report: sampleTd(REPORT_10), pck: samplePck({}) }),
  tdxClaimsOf({ quoteVersion: 5, report: sampleTd({}), pck: samplePck({ platformInstanceId: null }) }),
];

describe('what rules can speak of', () => {
  test('is what claims have, in kind and in null', () => {
    for (const claims of [...SNP, ...TDX]) expect(membersOdd(claims, CLAIMS, 'claims')).toEqual([]);
  });

  test('is nothing that no evidence has', () => {
    const named = new Set([...SNP, ...TDX].flatMap((claims) => Object.keys(claims)));
    expect(Object.keys(CLAIMS).filter((name) => !named.has(name))).toEqual([]);
  });

  test('has the fields of objects too', () => {
    for (const name of ['policy', 'platform_info', 'reported_tcb', 'cpuid', 'pck']) {
      const seen = [...SNP, ...TDX].flatMap((claims) =>
        Object.keys((claims[name] as JsonObject | null) ?? {}),
      );
      expect([name, Object.keys(fieldsOf(CLAIMS[name])).filter((field) => !seen.includes(field))]).toEqual([
        name,
        [],
      ]);
    }
  });
});
