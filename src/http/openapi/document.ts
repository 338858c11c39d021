/** The parts of an OpenAPI 3.1 document that ours has, as types. */

/** JSON Schema 2020-12, as far as the generator uses it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly example?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly not?: Schema;
}

export interface Header {
  readonly description: string;
  readonly required: boolean;
  readonly schema: Schema;
}

/** By media type. */
export type Content = Readonly<Record<string, { readonly schema: Schema }>>;

export interface ResponseObject {
  readonly description: string;
  /** By name; what each is, stands under `components`. */
  readonly headers?: Readonly<Record<string, { readonly $ref: string }>>;
  /** Absent: no body. */
  readonly content?: Content;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly description?: string;
    readonly content: Content;
  };
  /** By status; what is common to many operations is referred to. */
  readonly responses: Readonly<Record<string, ResponseObject | { readonly $ref: string }>>;
}

export interface ApiDocument {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string; readonly description: string }[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  /** By path template and method. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly headers: Readonly<Record<string, Header>>;
    readonly responses: Readonly<Record<string, ResponseObject>>;
  };
}

const REFERENCE = '#/components/schemas/';
const RESPONSES = '#/components/responses/';

/** Name of the component that a schema refers to; null when it is written out in place. */
export function nameOf({ $ref }: Schema): string | null {
  return $ref?.startsWith(REFERENCE) === true ? $ref.slice(REFERENCE.length) : null;
}

/** What a reference stands for, or the schema itself. Throws TypeError for a reference that leads nowhere. */
export function resolved(schema: Schema, document: ApiDocument): Schema {
  if (schema.$ref === undefined) return schema;
  const found = document.components.schemas[nameOf(schema) ?? ''];
  if (found === undefined) throw new TypeError(`the reference ${schema.$ref} leads nowhere`);
  return resolved(found, document);
}

/** By status, ascending, with references followed. Throws TypeError for one that leads nowhere. */
export function responsesOf(
  { responses }: Operation,
  document: ApiDocument,
): readonly (readonly [string, ResponseObject])[] {
  return Object.entries(responses).map(([status, response]) => {
    if (!('$ref' in response)) return [status, response];
    const found = document.components.responses[response.$ref.slice(RESPONSES.length)];
    if (found === undefined) throw new TypeError(`the reference ${response.$ref} leads nowhere`);
    return [status, found];
  });
}
