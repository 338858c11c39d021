/** The API description says what the routes do. */
import { describe, expect, test } from '@jest/globals';
import { apiDescription } from '../../src/http/openapi.js';
import { ROUTES } from '../../src/http/routes.js';
import { refusalEntry } from '../../src/rats/refusal.js';

interface Operation {
  readonly operationId: string;
  readonly security?: unknown;
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}
interface Description {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, { additionalProperties?: unknown }>> };
}

const description = apiDescription('9.9.9') as Description;

describe('the API description', () => {
  test('is OpenAPI 3.1, and the same twice', () => {
    expect(description.openapi).toBe('3.1.0');
    expect(JSON.stringify(apiDescription('9.9.9'))).toBe(JSON.stringify(description));
  });

  test.each(ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const))(
    'has %s',
    (_name, route) => {
      const operation = description.paths[route.path]?.[route.method];
      expect(operation?.operationId).toBe(route.id);
      expect(operation?.security !== undefined).toBe(route.access !== 'anybody');
      for (const code of route.refuses) {
        const status = String(refusalEntry(code).status);
        expect(operation?.responses[status]?.description).toContain(code);
      }
    },
  );

  test('every object with members is closed', () => {
    const open = Object.entries(description.components.schemas).filter(
      ([, schema]) => 'properties' in schema && schema.additionalProperties !== false,
    );
    expect(open).toEqual([]);
  });
});
