/** Schemas in HTML: what a value may be, and the members of an object, one row each. */
import { escaped, inline } from '../html.js';
import { nameOf, type Schema } from '../openapi/document.js';
import { typesOf } from './example.js';

/** More values than this are named where the component is described, not in every row. */
const SHOWN_VALUES = 12;

/** Fragment of a component’s description. */
export function anchorOf(component: string): string {
  return `schema-${component}`;
}

/** What a value may be, in a few words; components are links. */
export function typeHtml(schema: Schema): string {
  const name = nameOf(schema);
  if (name !== null) return `<a href="#${anchorOf(name)}">${escaped(name)}</a>`;
  if (schema.const !== undefined) return valueHtml(schema.const);
  if (schema.enum !== undefined) return enumHtml(schema.enum);
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (alternatives !== undefined) return alternatives.map(typeHtml).join(' or ');
  if (schema.allOf !== undefined)
    return schema.allOf
      .filter((part) => nameOf(part) !== null)
      .map(typeHtml)
      .join(' and ');
  const types = typesOf(schema);
  if (types.length === 0) return 'any JSON';
  return types.map((type) => oneTypeHtml(type, schema)).join(' or ');
}

function oneTypeHtml(type: string, schema: Schema): string {
  if (type === 'array' && schema.items !== undefined) return `list of ${typeHtml(schema.items)}`;
  if (type === 'object' && typeof schema.additionalProperties === 'object') {
    return `object with values of ${typeHtml(schema.additionalProperties)}`;
  }
  if (type === 'string') return schema.format === 'date-time' ? 'instant' : 'text';
  return escaped(type);
}

function enumHtml(values: readonly unknown[]): string {
  if (values.length > SHOWN_VALUES) return `one of ${values.length} words`;
  return values.map(valueHtml).join(', ');
}

export function valueHtml(value: unknown): string {
  return `<code>${escaped(JSON.stringify(value))}</code>`;
}

/** What else holds of a value: lengths, bounds, a pattern. */
function limitsOf(schema: Schema): readonly string[] {
  const { minLength, maxLength, minimum, maximum, minItems, maxItems, pattern } = schema;
  return [
    ...range('characters', minLength, maxLength),
    ...range('', minimum, maximum),
    ...range('entries', minItems, maxItems),
    ...(pattern === undefined ? [] : [`matches <code>${escaped(pattern)}</code>`]),
  ];
}

function range(what: string, min: number | undefined, max: number | undefined): readonly string[] {
  if (min === undefined && max === undefined) return [];
  if (max === undefined) return [`at least ${min} ${what}`.trim()];
  if (min === undefined) return [`at most ${max} ${what}`.trim()];
  return [`${min === max ? min : `${min} to ${max}`} ${what}`.trim()];
}

export interface RowInput {
  readonly name: string;
  readonly schema: Schema;
  readonly required: boolean;
  readonly description?: string;
  /** Where it goes, when that is not the body. */
  readonly place?: string;
}

/** One row: name, type, whether it must be there, what it means. Objects written in place follow with their members. */
export function rowHtml({ name, schema, required, description, place }: RowInput): string {
  const words = description ?? schema.description;
  const notes = [
    ...(words === undefined ? [] : [inline(words)]),
    ...limitsOf(schema).map((limit) => `<span class="limit">${limit}</span>`),
  ];
  const kind = [
    ...(place === undefined ? [] : [escaped(place)]),
    typeHtml(schema),
    required ? '<strong>required</strong>' : 'optional',
  ];
  return `<div><dt><code>${escaped(name)}</code> <span class="type">${kind.join(' · ')}</span></dt>${
    notes.length === 0 ? '' : `<dd>${notes.join(' ')}</dd>`
  }</div>${nestedRows(name, schema)}`;
}

function nestedRows(name: string, schema: Schema): string {
  const inner = schema.items?.properties === undefined ? schema : schema.items;
  const prefix = inner === schema ? `${name}.` : `${name}[].`;
  return inner.properties === undefined ? '' : memberRows(inner, prefix);
}

function memberRows({ properties = {}, required = [] }: Schema, prefix: string): string {
  return Object.entries(properties)
    .filter(([, member]) => member.not === undefined)
    .map(([name, member]) =>
      rowHtml({ name: `${prefix}${name}`, schema: member, required: required.includes(name) }),
    )
    .join('');
}

/** A component with its fragment, or whatever is written in place. */
export function schemaHtml(schema: Schema): string {
  if (schema.properties !== undefined) return `<dl>${memberRows(schema, '')}</dl>`;
  if (schema.enum !== undefined) return `<p class="values">${schema.enum.map(valueHtml).join(' ')}</p>`;
  return `<p>${typeHtml(schema)}</p>`;
}
