/** Types of an expression: whatever can be known to fail at every evidence is refused when the policy is read. */
import { VARIABLES } from './claims-schema.js';
import { MistakenRule } from './expression.js';
import { typeOfCall } from './functions.js';
import { CARRIED, type Node } from './node.js';
import { BOOL, commonType, type Fields, INT, listOf, NULL, STRING, type Type, typeText } from './types.js';

/** Throws MistakenRule for unknown names, operands that do not fit, and a result that is not true or false. */
export function checkTypes(tree: Node): void {
  const type = typeOf(tree, VARIABLES);
  if (type.kind !== 'bool') throw new MistakenRule(`gives ${typeText(type)}, and a rule gives true or false`);
}

/** `scope`: the variables, those of loops included. */
export function typeOf(node: Node, scope: Fields): Type {
  switch (node.kind) {
    case 'constant':
      return typeOfConstant(node.value);
    case 'variable': {
      if (Object.hasOwn(scope, node.name)) return scope[node.name] ?? NULL;
      throw new MistakenRule(`"${node.name}" is no variable; there are ${Object.keys(VARIABLES).join(', ')}`);
    }
    case 'field':
      return fieldOf(typeOf(node.of, scope), node.name);
    case 'has':
      fieldOf(typeOf(node.of, scope), node.name);
      return BOOL;
    case 'list':
      return typeOfList(node.elements.map((element) => typeOf(element, scope)));
    case 'call':
      return typeOfCall(
        node,
        node.args.map((argument) => typeOf(argument, scope)),
      );
    default:
      return typeOfLoop(node, scope);
  }
}

function typeOfConstant(value: boolean | bigint | string | null): Type {
  if (value === null) return NULL;
  if (typeof value === 'boolean') return BOOL;
  return typeof value === 'bigint' ? INT : STRING;
}

function fieldOf(type: Type, name: string): Type {
  if (type.kind !== 'object') throw new MistakenRule(`${typeText(type)} has no field "${name}"`);
  if (Object.hasOwn(type.fields, name)) return type.fields[name] ?? NULL;
  throw new MistakenRule(`"${name}" is no field; there are ${Object.keys(type.fields).join(', ')}`);
}

function typeOfList(elements: readonly Type[]): Type {
  const [first, ...rest] = elements;
  if (first === undefined) return listOf(null, 0);
  const of = rest.reduce((known, next) => {
    const both = commonType(known, next);
    if (both === null) {
      throw new MistakenRule(`a list of ${typeText(known)} and ${typeText(next)} is no list of one type`);
    }
    return both;
  }, first);
  return listOf(of, elements.length);
}

function typeOfLoop(loop: Node & { readonly kind: 'loop' }, scope: Fields): Type {
  const range = typeOf(loop.range, scope);
  if (range.kind !== 'list')
    throw new MistakenRule(`all, exists, filter and map go over lists, not ${typeText(range)}`);
  if (range.of === null) throw new MistakenRule('all, exists, filter and map go over an empty list');
  if (Object.hasOwn(VARIABLES, loop.variable)) {
    throw new MistakenRule(`"${loop.variable}" already names a variable: take another name in the macro`);
  }
  const inner = { ...scope, [loop.variable]: range.of };
  const start = typeOf(loop.start, scope);
  const step = typeOf(loop.step, { ...inner, [CARRIED]: start });
  // A list that grows by an element each time ends with at most as many as there were.
  const carried = step.kind === 'list' ? listOf(step.of, range.most) : step;
  return typeOf(loop.result, { ...scope, [CARRIED]: carried });
}
