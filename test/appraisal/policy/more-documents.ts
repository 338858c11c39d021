/** Documents at the edge of a form: what stands before or behind it, and the most and least that is accepted. */
import type { JsonObject } from '../../../src/rats/result.js';
import { FULL } from '../rules/more-rules.js';

const mine = (sections: JsonObject): JsonObject => ({ name: 'mine', ...sections });
const common = (section: JsonObject) => mine({ common: section });
const snp = (section: JsonObject) => mine({ snp: section });
const tdx = (section: JsonObject) => mine({ tdx: section });
const until = (text: string) => common({ grace: { statuses: ['OutOfDate'], until: text } });
const rule = (name: string, expression = 'debug') => mine({ rules: [{ name, expression, message: 'm' }] });
const around = (text: string, document: (text: string) => JsonObject) =>
  [text, `!${text}`, `${text}!`, ` ${text}`, `${text}\n`, text.toUpperCase(), ''].map(document);
const firmware = (text: string) => snp({ minimum_firmware: text });
const cpuid = (text: string) => snp({ tcb_floors: [{ cpuid: text, tcb: { snp: 1 } }] });
const chip = (text: string) => snp({ chips_allowed: [text] });

const rules = (...expressions: readonly string[]) =>
  mine({ rules: expressions.map((expression, place) => ({ name: `r${place}`, expression, message: 'm' })) });

export const DOCUMENTS: readonly unknown[] = [
  ...around('mine-2', (name) => ({ name })),
  ...[`a${'b'.repeat(62)}`, `a${'b'.repeat(63)}`, '-a'].map((name) => ({ name })),
  ...around('rule-1', (name) => rule(name)),
  ...around('snp.vmpl', (path) => mine({ reasons: { [path]: 'why' } })),
  ...around('AMD-SB-3027', (id) => common({ accepted_advisories: [id] })),
  ...around('AMD-SB-3020', (id) => common({ denied_advisories: [id] })),
  ...around('INTEL-SA-00960', (id) => common({ denied_advisories: [id] })),
  ...around('2026-12-31T00:00:00Z', until),
  ...['2026-12-31T00:00:00.1Z', '2026-12-31T00:00:00.123Z', '2026-12-31T00:00:00.1234Z'].map(until),
  ...[
    '2026-12-31T00:00:00.Z',
    '2026-12-31T00:00:00.abZ',
    '2026-02-29T00:00:00.12Z',
    '2026-12-31T24:00:01Z',
  ].map(until),
  ...around('2026-02-10', (date) => common({ minimum_tcb_date: date })),
  ...['2026-02-30', '2026-13-01', '2024-02-29'].map((date) => common({ minimum_tcb_date: date })),
  ...around('1.55.29', firmware),
  ...[
    '0.0.0',
    '255.255.255',
    '255.255.256',
    '01.2.3',
    '1.2',
    '1.2.3.4',
    '1.100.99',
    '10.0.256',
    '999.1.1',
  ].map(firmware),
  ...around('19/01/1', cpuid),
  ...['19/1a/ab', '19/01/0', '19/01/01', '19/01/1g', '1a/02/1a1'].map(cpuid),
  ...around('ab'.repeat(64), chip),
  ...around('ab'.repeat(8), chip),
  ...['a', 'ab'.repeat(9), '!'.repeat(16)].map(chip),
  ...around('ab'.repeat(6), (family) => tdx({ fmspcs: [family] })),
  ...[0, 1, 4294967295, 4294967296, -1, 1.5].flatMap((number) => [
    common({ minimum_evaluation_number: number }),
    snp({ minimum_guest_svn: number }),
    mine({ version: number }),
  ]),
  ...[-1, 0, 255, 256].map((isvsvn) => tdx({ module_floors: [{ major: 0, isvsvn }] })),
  ...[-1, 0, 63, 64].flatMap((bit) => [
    snp({ mitigation_bits: [bit] }),
    snp({ mitigation_floors: [{ product: 'Milan', bits: [bit, 5] }] }),
    tdx({ xfam: { required: [bit] } }),
  ]),
  snp({ mitigation_floors: [{ product: 'Milan', bits: [] }] }),
  snp({
    mitigation_floors: [
      { product: 'Milan', bits: [1] },
      { product: 'Milan', bits: [2] },
    ],
  }),
  snp({
    firmware_floors: [
      { product: 'Milan', minimum: '1.0.0' },
      { product: 'Genoa', minimum: '1.0.0' },
    ],
  }),
  snp({ report_versions: [], products: [], vmpl: [0, 0], chips_denied: ['a'], nothing: 1, more: 2 }),
  ...['any', 'registered', 'mine'].map((platforms) => common({ platforms })),
  ...['', 'x', 'x'.repeat(2000), 'x'.repeat(2001)].map((description) => mine({ description })),
  ...['', 'x'.repeat(1000), 'x'.repeat(1001)].map((why) => mine({ reasons: { snp: why } })),
  mine({ rules: ['a', 'b', 'a'].map((name) => ({ name, expression: 'claims.vmpl', message: '' })) }),
  ...['', 'x'.repeat(300), 'x'.repeat(301)].map((message) =>
    mine({ rules: [{ name: 'a', expression: 'debug', message }] }),
  ),
  rules(''),
  rules(FULL, FULL),
  rules(FULL, FULL, 'debug'),
  common({ denied_advisories: Array.from({ length: 1001 }, (_, place) => `AMD-SB-${1000 + place}`) }),
  common({ denied_advisories: Array.from({ length: 1000 }, (_, place) => `AMD-SB-${1000 + place}`) }),
  ...[[], 'text', 1, true, undefined],
];
