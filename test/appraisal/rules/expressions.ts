/** Random expressions of right types, over claims that sample evidence has, has not, or has as null. */
import fc from 'fast-check';

const TEXTS = [
  'tee',
  'generation',
  'workload',
  'tcb.date',
  'claims.product',
  'claims.csp_id',
  'tcb.module.status',
];
const NUMBERS = [
  'claims.vmpl',
  'claims.guest_svn',
  'claims.reported_tcb.fmc',
  'reference_version',
  '0',
  '1',
  '-1',
  '3',
];
const FLAGS = [
  'debug',
  'claims.policy.smt',
  'claims.author_key_enabled',
  'true',
  'false',
  'has(claims.mrtd)',
];

const spaced = (parts: readonly string[]): string => `(${parts.join(' ')})`;
const COMPARISON = fc.constantFrom('==', '!=', '<', '<=', '>', '>=');

const { flag } = fc.letrec<{ flag: string; number: string; text: string; list: string }>((tie) => ({
  flag: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(...FLAGS),
    fc.tuple(tie('flag'), fc.constantFrom('&&', '||'), tie('flag')).map(spaced),
    tie('flag').map((inner) => `!(${inner})`),
    fc.tuple(tie('number'), COMPARISON, tie('number')).map(spaced),
    fc.tuple(tie('text'), COMPARISON, tie('text')).map(spaced),
    fc.tuple(tie('text'), fc.constant('in'), tie('list')).map(spaced),
    fc
      .tuple(
        tie('list'),
        fc.constantFrom('all', 'exists', 'exists_one'),
        fc.constantFrom('x == "a"', 'x != tee'),
      )
      .map(([list, macro, condition]) => `${list}.${macro}(x, ${condition})`),
    fc.tuple(tie('flag'), fc.constant('?'), tie('flag'), fc.constant(':'), tie('flag')).map(spaced),
  ),
  number: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(...NUMBERS),
    fc.tuple(tie('number'), fc.constantFrom('+', '-', '*', '/', '%'), tie('number')).map(spaced),
    tie('list').map((list) => `size(${list})`),
  ),
  text: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(...TEXTS, '"milan"', '"sev-snp"', '"a"'),
    tie('list').map((list) => `${list}[0]`),
  ),
  list: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('tcb.advisories', '["a", "milan"]', 'tcb.qe.advisories'),
    tie('list').map((list) => `${list}.filter(x, x != "a")`),
  ),
}));

export const EXPRESSIONS: fc.Arbitrary<string> = flag;
