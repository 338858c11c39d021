/** Operators and functions of expressions: which operands they take and what they give. */
import { requireAnchored } from './anchored.js';
import { MistakenRule } from './expression.js';
import { CARRIED, type Node } from './node.js';
import { BOOL, commonType, INT, listOf, NULL, type Type, typeText } from './types.js';

type Call = Node & { readonly kind: 'call' };
type Judge = (args: readonly Type[], call: Call) => Type;

const SPELLINGS: Readonly<Record<string, string>> = { '@in': 'in', '_[_]': '[ ]', '_?_:_': '? :' };
const spelt = (name: string): string => SPELLINGS[name] ?? name.replaceAll('_', '');

/** Throws MistakenRule where an operand does not fit. */
export function typeOfCall(call: Call, args: readonly Type[]): Type {
  const judge = Object.hasOwn(FUNCTIONS, call.name) ? FUNCTIONS[call.name] : undefined;
  if (judge === undefined) {
    throw new MistakenRule(`there is no function "${call.name}" for rules`);
  }
  return judge(args, call);
}

function mismatch({ name }: Call, args: readonly Type[]): MistakenRule {
  return new MistakenRule(`"${spelt(name)}" does not take ${args.map(typeText).join(' and ')}`);
}

/** Every operand of one kind; a null where the evidence says nothing makes the rule fail when it is evaluated. */
const all =
  (kind: Type['kind'], count: number, result: Type): Judge =>
  (args, call) => {
    if (args.length !== count || args.some((arg) => arg.kind !== kind)) throw mismatch(call, args);
    return result;
  };

const equality: Judge = (args, call) => {
  const [a = NULL, b = NULL] = args;
  if (args.length !== 2 || commonType(a, b) === null || isNeverNull(a, b)) throw mismatch(call, args);
  return BOOL;
};

/** Two nulls compare nothing. */
const isNeverNull = (a: Type, b: Type): boolean => a.kind === 'null' && b.kind === 'null';

const order: Judge = (args, call) => {
  const [a = NULL, b = NULL] = args;
  const ordered = a.kind === b.kind && (a.kind === 'int' || a.kind === 'string');
  if (args.length !== 2 || !ordered) throw mismatch(call, args);
  return BOOL;
};

/** Lists grow in the loops of macros alone, so that nothing gets longer than what the evidence has. */
const plus: Judge = (args, call) => {
  const [a = NULL, b = NULL] = args;
  const [first] = call.args;
  if (args.length === 2 && a.kind === 'int' && b.kind === 'int') return INT;
  const carried = first?.kind === 'variable' && first.name === CARRIED;
  if (!carried || a.kind !== 'list' || b.kind !== 'list') throw mismatch(call, args);
  const of = a.of === null ? b.of : a.of;
  return listOf(of);
};

const choice: Judge = (args, call) => {
  const [condition = NULL, yes = NULL, no = NULL] = args;
  const both = commonType(yes, no);
  if (args.length !== 3 || condition.kind !== 'bool' || both === null) throw mismatch(call, args);
  return both;
};

const membership: Judge = (args, call) => {
  const [element = NULL, list = NULL] = args;
  const fits = list.kind === 'list' && (list.of === null || commonType(element, list.of) !== null);
  if (args.length !== 2 || !fits) throw mismatch(call, args);
  return BOOL;
};

const index: Judge = (args, call) => {
  const [list = NULL, place = NULL] = args;
  if (args.length !== 2 || list.kind !== 'list' || list.of === null || place.kind !== 'int') {
    throw mismatch(call, args);
  }
  return list.of;
};

const size: Judge = (args, call) => {
  const [of = NULL] = args;
  if (args.length !== 1 || (of.kind !== 'list' && of.kind !== 'string')) throw mismatch(call, args);
  return INT;
};

const matches: Judge = (args, call) => {
  all('string', 2, BOOL)(args, call);
  const [, pattern] = call.args;
  if (pattern?.kind !== 'constant' || typeof pattern.value !== 'string') {
    throw new MistakenRule('"matches" takes a pattern that is written out');
  }
  requireAnchored(pattern.value);
  return BOOL;
};

const compareTexts = all('string', 2, BOOL);
const compute = all('int', 2, INT);
const join = all('bool', 2, BOOL);

const FUNCTIONS: Readonly<Record<string, Judge>> = {
  '_&&_': join,
  '_||_': join,
  '!_': all('bool', 1, BOOL),
  '@not_strictly_false': all('bool', 1, BOOL),
  '_==_': equality,
  '_!=_': equality,
  '_<_': order,
  '_<=_': order,
  '_>_': order,
  '_>=_': order,
  '_+_': plus,
  '_-_': compute,
  '_*_': compute,
  '_/_': compute,
  '_%_': compute,
  '-_': all('int', 1, INT),
  '_?_:_': choice,
  '@in': membership,
  '_[_]': index,
  size,
  startsWith: compareTexts,
  endsWith: compareTexts,
  contains: compareTexts,
  matches,
};
