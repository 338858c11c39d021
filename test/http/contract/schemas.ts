/** Values held to the schemas of the API description, by a validator that is not ours. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { ApiDocument } from '../../../src/http/openapi/document.js';

const DOCUMENT = 'assay:openapi';
/** Members of the document that are no keywords of JSON Schema. */
const ANNOTATIONS = ['openapi', 'info', 'servers', 'tags', 'paths', 'components', 'example', 'discriminator'];

export interface Schemas {
  /** What is wrong with the value of the schema at this place of the document; empty: nothing. */
  faults(pointer: readonly string[], value: unknown): readonly string[];
}

export function compileSchemas(document: ApiDocument): Schemas {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allErrors: true });
  formats.default(ajv);
  ajv.addFormat('binary', true);
  ajv.addVocabulary(ANNOTATIONS);
  ajv.addSchema(document, DOCUMENT);
  const compiled = new Map<string, ValidateFunction>();
  return {
    faults(pointer, value) {
      const reference = `${DOCUMENT}#${pointer.map(escapePointer).join('')}`;
      const validate = compiled.get(reference) ?? ajv.compile({ $ref: reference });
      compiled.set(reference, validate);
      if (validate(value)) return [];
      return (validate.errors ?? []).map(
        ({ instancePath, message, params }) =>
          `${instancePath === '' ? 'the body' : instancePath} ${message} ${JSON.stringify(params)}`,
      );
    },
  };
}

function escapePointer(part: string): string {
  return `/${encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))}`;
}
