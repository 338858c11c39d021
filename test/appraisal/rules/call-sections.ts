/** Which operands each operator and function takes, and what it gives; all else is refused. */
import { typeOfCall } from '../../../src/appraisal/rules/functions.js';
import { CARRIED, type Node } from '../../../src/appraisal/rules/node.js';
import {
  BOOL,
  commonType,
  INT,
  listOf,
  NULL,
  objectOf,
  orNull,
  STRING,
  type Type,
  typeText,
} from '../../../src/appraisal/rules/types.js';
import { type Section, wordsOf } from '../written-words.js';

const TYPES: Readonly<Record<string, Type>> = {
  bool: BOOL,
  int: INT,
  text: STRING,
  'text?': orNull(STRING),
  null: NULL,
  '[]': listOf(null, 0),
  '[int]': listOf(INT, 3),
  '[text?]': listOf(orNull(STRING), 5),
  '[[]]': listOf(listOf(null, 0), 1),
  '{}': objectOf({ a: INT }),
  '{}?': orNull(objectOf({ a: INT })),
};
const NAMES = Object.keys(TYPES);
const typeOf = (name: string): Type => TYPES[name] ?? NULL;

const FUNCTIONS = [
  ...['_&&_', '_||_', '!_', '@not_strictly_false', '_==_', '_!=_', '_<_', '_<=_', '_>_', '_>=_'],
  ...['_+_', '_-_', '_*_', '_/_', '_%_', '-_', '_?_:_', '@in', '_[_]', 'size'],
  ...['startsWith', 'endsWith', 'contains', 'matches', 'unknown', 'constructor'],
];

const WRITTEN: Node = { kind: 'constant', value: '^a$' };
const OTHERS: Readonly<Record<string, Node>> = {
  carried: { kind: 'variable', name: CARRIED },
  variable: { kind: 'variable', name: 'tee' },
  field: { kind: 'field', name: CARRIED, of: { kind: 'variable', name: 'tee' } },
  number: { kind: 'constant', value: 1n },
};

function given(
  name: string,
  types: readonly string[],
  first: Node = WRITTEN,
  second: Node = WRITTEN,
): string {
  const args = [first, second, WRITTEN].slice(0, types.length);
  return wordsOf(() => JSON.stringify(typeOfCall({ kind: 'call', name, args }, types.map(typeOf))));
}

/** Up to two operands of every type; three where a function could take them. */
const operands = (name: string): readonly (readonly string[])[] => [
  [],
  ...NAMES.map((one) => [one]),
  ...NAMES.flatMap((one) => NAMES.map((other) => [one, other])),
  ...(name === '_?_:_' ? NAMES.flatMap((one) => NAMES.map((other) => ['bool', one, other])) : []),
  ...['bool', 'int', 'text', '[int]'].map((one) => [one, one, one]),
  ...[
    ['[int]', 'int', 'int'],
    ['int', '[int]', 'int'],
    ['null', 'bool', 'bool'],
  ],
];

const taken = (name: string): string => {
  const fitting = operands(name).flatMap((types) => {
    const words = given(name, types);
    return words.startsWith('refused') ? [] : [`(${types.join(', ')}) ${words}`];
  });
  return `${name}: ${fitting.length === 0 ? 'none' : fitting.join('; ')}`;
};

const special = (): readonly string[] => [
  ...Object.entries(OTHERS).flatMap(([what, node]) => [
    `sum of ${what} and a list: ${given('_+_', ['[int]', '[]'], node)}, ${given('_+_', ['[]', '[int]'], node)}`,
    `sum of ${what} and no list: ${given('_+_', ['[int]', 'int'], node)}, ${given('_+_', ['int', '[int]'], node)}`,
    `pattern of ${what}: ${given('matches', ['text', 'text'], WRITTEN, node)}`,
  ]),
  ...FUNCTIONS.flatMap((name) => [
    `${name}: ${given(name, [])}`,
    `${name}: ${given(name, ['{}', '[]'])}`,
    `${name}: ${given(name, ['[text?]'])}`,
  ]),
];

const shared = (one: string): string =>
  `${one}, ${typeText(typeOf(one))}, ${JSON.stringify(orNull(typeOf(one)))}: ${NAMES.map((other) => JSON.stringify(commonType(typeOf(one), typeOf(other)))).join(' ')}`;

export const CALL_SECTIONS: readonly Section[] = [
  { name: 'operands of rules', lines: () => FUNCTIONS.map(taken) },
  { name: 'operands that are no values of a type alone', lines: special },
  { name: 'types in common', lines: () => NAMES.map(shared) },
];
