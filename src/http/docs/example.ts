/** A value that a schema allows, for readers: what the schema names as an example, otherwise made up from its type. */
import { type ApiDocument, resolved, type Schema } from '../openapi/document.js';

/** JSON. Optional members are shown too. */
export function exampleOf(schema: Schema, document: ApiDocument): unknown {
  if (schema.example !== undefined) return schema.example;
  if (schema.$ref !== undefined) return exampleOf(resolved(schema, document), document);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const [alternative] = schema.oneOf ?? schema.anyOf ?? [];
  if (alternative !== undefined) return exampleOf(alternative, document);
  if (schema.allOf !== undefined) return mergedExample(schema.allOf, document);
  switch (typesOf(schema)[0]) {
    case 'object':
      return objectExample(schema, document);
    case 'array':
      return schema.items === undefined ? [] : [exampleOf(schema.items, document)];
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    case 'boolean':
      return false;
    case 'string':
      return textExample(schema);
    default:
      return null;
  }
}

export function typesOf({ type }: Schema): readonly string[] {
  if (type === undefined) return [];
  return typeof type === 'string' ? [type] : type;
}

function objectExample({ properties = {} }: Schema, document: ApiDocument): Record<string, unknown> {
  const shown = Object.entries(properties).filter(([, schema]) => schema.not === undefined);
  return Object.fromEntries(shown.map(([name, schema]) => [name, exampleOf(schema, document)]));
}

/** The parts narrow one another: an enumeration of the later part is what the earlier member must be. */
function mergedExample(parts: readonly Schema[], document: ApiDocument): Record<string, unknown> {
  return Object.assign({}, ...parts.map((part) => exampleOf(part, document)));
}

/** Hex of exactly so many digits is the one pattern that has no example of its own. */
function textExample({ pattern }: Schema): string {
  const digits = /^\^\[0-9a-f\]\{(\d+)\}\$$/.exec(pattern ?? '')?.[1];
  return digits === undefined ? 'text' : 'a5'.repeat(Number(digits) / 2);
}
