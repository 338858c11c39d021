/** The API description: well-formed by another's judgement, closed, in agreement with its examples and its file. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { parseReferenceValue } from '../../src/appraisal/reference-schema.js';
import { exampleOf, typesOf } from '../../src/http/docs/example.js';
import { responsesOf, type Schema } from '../../src/http/openapi/document.js';
import { apiDescription } from '../../src/http/openapi.js';
import { ROUTES } from '../../src/http/routes.js';
import { refusalEntry } from '../../src/rats/refusal.js';
import type { JsonValue } from '../../src/rats/result.js';
import { compileSchemas } from './contract/schemas.js';

const DESCRIBED = {
  version: '9.9.9',
  issuer: 'http://localhost:8080',
  words: 'The issuer after `npm start`',
};
const description = apiDescription(ROUTES, DESCRIBED);
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Every schema of the document, with where it stands. */
function schemasIn(value: unknown, place: readonly string[] = []): readonly (readonly [string, Schema])[] {
  if (typeof value !== 'object' || value === null) return [];
  const isSchema = /\/(schema|items|schemas\/\w+|properties\/[\w-]+|(all|any|one)Of\/\d+)$/.test(
    `/${place.join('/')}`,
  );
  const inner = Object.entries(value)
    .filter(([name]) => name !== 'example')
    .flatMap(([name, part]) => schemasIn(part, [...place, name]));
  return isSchema ? [[place.join('/'), value as Schema], ...inner] : inner;
}
const everySchema = schemasIn({ paths: description.paths, components: description.components });

describe('the API description', () => {
  test('is OpenAPI 3.1 to a validator that is not ours, and the same twice', async () => {
    expect(description.openapi).toBe('3.1.0');
    expect(apiDescription(ROUTES, DESCRIBED)).toEqual(description);
    const judged = await new Validator().validate(structuredClone(description) as never);
    expect(judged).toEqual({ valid: true });
    const broken = structuredClone(description) as unknown as { info: unknown };
    broken.info = { title: 'without a version' };
    expect(await new Validator().validate(broken as never)).toMatchObject({ valid: false });
  });

  test('docs/openapi.json is what the routes say today', async () => {
    const { version } = JSON.parse(await readFile(`${ROOT}package.json`, 'utf8')) as { version: string };
    const written: unknown = JSON.parse(await readFile(`${ROOT}docs/openapi.json`, 'utf8'));
    expect(written).toEqual(apiDescription(ROUTES, { ...DESCRIBED, version }));
  });

  test.each(ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const))(
    'has %s',
    (_name, route) => {
      const operation = description.paths[route.path]?.[route.method];
      if (operation === undefined) throw new Error('it has not');
      expect(operation.operationId).toBe(route.id);
      expect(operation.security.length > 0).toBe(route.access !== 'anybody');
      const responses = new Map(responsesOf(operation, description));
      for (const code of route.refuses) {
        const { status } = refusalEntry(code);
        expect(responses.get(String(status))?.description).toContain(`\`${code}\``);
      }
    },
  );

  test('its references lead somewhere, and its operations have names of their own', () => {
    const components = description.components as unknown as Record<string, Record<string, unknown>>;
    const references = JSON.stringify(description).match(/#\/components\/[^"]+/g) ?? [];
    expect(references.length).toBeGreaterThan(100);
    for (const reference of new Set(references)) {
      const [, , kind = '', name = ''] = reference.split('/');
      expect({ reference, there: components[kind]?.[name] !== undefined }).toEqual({
        reference,
        there: true,
      });
    }
    const ids = Object.values(description.paths).flatMap((methods) =>
      Object.values(methods).map((operation) => operation.operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('schemas', () => {
  test('every object with members is closed', () => {
    const open = everySchema
      .filter(([, schema]) => schema.properties !== undefined && schema.additionalProperties !== false)
      .map(([place]) => place)
      // Narrows a problem, which is closed itself.
      .filter((place) => !/application\/problem\+json\/schema\/allOf\/1$/.test(place));
    // RFC 7517: a JWK may have members that the reader does not know.
    expect(open).toEqual(['components/schemas/PublicJwk']);
  });

  test('nothing may be just anything, but where others say what it is', () => {
    const anything = everySchema
      .filter(([, schema]) => {
        const says = Object.keys(schema).filter((name) => !['description', 'example'].includes(name));
        const values = schema.additionalProperties;
        const record = typesOf(schema).includes('object') && schema.properties === undefined;
        return (
          says.length === 0 || (record && (typeof values !== 'object' || Object.keys(values).length === 0))
        );
      })
      .map(([place]) => place.replace('components/schemas/', ''));
    expect(anything.sort()).toEqual([
      // A table of bulletins: tee/snp/ says what is in it.
      'ForecastQuestion/properties/bulletins',
      // A policy document: appraisal/policy/ says what is in it.
      'NewPolicy/properties/document',
      'NewPolicyVersion/properties/document',
      // What the publisher of reference values wants to keep.
      'NewSnpReferenceVersion/properties/provenance',
      'NewTdxReferenceVersion/properties/provenance',
      // The OpenAPI Specification says what is in these.
      'OpenapiDocument/properties/components',
      'OpenapiDocument/properties/info',
      'OpenapiDocument/properties/paths',
      'PolicySimulation/properties/document',
      'PolicyVersion/properties/document',
      'ReferenceVersion/properties/provenance',
      // Any member of a decision, which is described itself.
      'Replay/properties/differences/items/properties/now',
      'Replay/properties/differences/items/properties/then',
    ]);
  });

  const schemas = compileSchemas(description);
  const components = Object.keys(description.components.schemas);
  test.each(components)('the example of %s is one', (name) => {
    const schema = description.components.schemas[name] ?? {};
    expect(schemas.faults(['components', 'schemas', name], exampleOf(schema, description))).toEqual([]);
  });

  test.each(['NewSnpReferenceVersion', 'NewTdxReferenceVersion'])(
    'the example of %s is accepted by the judge of reference values',
    (name) => {
      const example = exampleOf(description.components.schemas[name] ?? {}, description) as JsonValue;
      expect(parseReferenceValue(example)).toMatchObject({ activate: true });
    },
  );

  test('the validator sees what is too much, too little or of another kind', () => {
    const place = ['components', 'schemas', 'Workload'];
    const good = { name: 'w', description: null, policy: null, created_at: '2026-11-20T12:00:00Z' };
    expect(schemas.faults(place, good)).toEqual([]);
    expect(schemas.faults(place, { ...good, surplus: 1 })).toHaveLength(1);
    expect(schemas.faults(place, { name: 'w', description: null, policy: null })).toHaveLength(1);
    expect(schemas.faults(place, { ...good, created_at: 'yesterday' })).toHaveLength(1);
  });
});
