import { readdir } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { examine, isIn, STRUCTURAL_RULES } from './examine.js';
import { HOMES, homeRule } from './homes.js';
import { COMPOSITION_ROOT, LAYERS } from './layers.js';
import { IGNORANT_OF_SIMULATION, PURITY } from './purity.js';
import { importsOf, readSourceTree, resolveInTree } from './source-tree.js';
import { tokensOf } from './tokens.js';

const ROOT = new URL('../../../', import.meta.url);
const FIXTURES = new URL('test/fixtures/import-graph/', ROOT);

const RULES: readonly string[] = [
  ...LAYERS.map((layer) => layer.id),
  ...HOMES.map((home) => homeRule(home.package)),
  ...PURITY.map((rule) => rule.id),
  ...Object.keys(STRUCTURAL_RULES),
];

describe('the import graph of src/', () => {
  test('keeps every rule', async () => {
    const files = await readSourceTree(fileURLToPath(new URL('src/', ROOT)));
    expect(files.length).toBeGreaterThan(50);
    const found = examine(files).map((v) => `${v.path}:${v.line} ${v.rule}: ${v.what}`);
    expect(found).toEqual([]);
  });

  test('has every place that a rule names', async () => {
    const files = await readSourceTree(fileURLToPath(new URL('src/', ROOT)));
    const named = [
      COMPOSITION_ROOT,
      ...IGNORANT_OF_SIMULATION,
      ...LAYERS.flatMap((layer) => [...layer.places, ...layer.may, ...(layer.mayTypes ?? [])]),
      ...HOMES.flatMap((home) => home.places),
      ...PURITY.flatMap((rule) => [...rule.forbiddenIn, ...rule.allowedIn]),
    ];
    const empty = [...new Set(named)].filter((place) => !files.some((file) => isIn(file.path, [place])));
    expect(empty).toEqual([]);
  });

  test('has names for all rules, each once', () => {
    expect(new Set(RULES).size).toBe(RULES.length);
  });
});

describe('examples/key-broker', () => {
  test('knows the service by its URL alone: of the project it has what others may import', async () => {
    const files = await readSourceTree(fileURLToPath(new URL('examples/key-broker/', ROOT)), '.mjs');
    const foreign = files.flatMap((file) =>
      file.imports
        .filter(({ specifier }) => {
          if (specifier === null) return true;
          if (specifier.startsWith('.')) return resolveInTree(file.path, specifier).startsWith('../');
          return !isBuiltin(specifier) && !['assay/client', 'jose'].includes(specifier);
        })
        .map(({ specifier }) => `${file.path}: ${specifier}`),
    );
    expect(files.length).toBeGreaterThan(2);
    expect(foreign).toEqual([]);
  });
});

describe('a tree that breaks one rule', () => {
  test('exists for every rule, and for nothing else', async () => {
    expect((await readdir(FIXTURES)).sort()).toEqual([...RULES].sort());
  });

  test.each(RULES)('%s is found, alone', async (rule) => {
    const violations = examine(await readSourceTree(fileURLToPath(new URL(`${rule}/`, FIXTURES))));
    expect(violations.map((violation) => violation.rule)).toEqual([rule]);
  });
});

/** How a hole of a template literal begins, in samples of source. */
const OPEN = '$' + '{';

describe('the scanner', () => {
  const imports = (source: string) => importsOf(tokensOf(source)).map((found) => found.specifier);

  test.each([
    ["import './a.js';", './a.js'],
    ["import a from './a.js';", './a.js'],
    ["import a, { b as c } from './a.js';", './a.js'],
    ["import * as a from './a.js';", './a.js'],
    ["import {\n  a,\n  type B,\n} from './a.js';", './a.js'],
    ["export { a } from './a.js';", './a.js'],
    ["export * from './a.js';", './a.js'],
    ["export * as a from './a.js';", './a.js'],
    ["const a = await import('./a.js');", './a.js'],
    ["type A = import('./a.js').A;", './a.js'],
    ["const a = require('./a.js');", './a.js'],
    [`const t = \`${OPEN}await import('./a.js')}\`;`, './a.js'],
  ])('sees %j', (source, specifier) => {
    expect(imports(source)).toEqual([specifier]);
  });

  test.each([
    "// import './a.js';",
    "/* import './a.js'; */",
    'const text = "import \'./a.js\'";',
    "const text = `import './a.js'`;",
    "const pattern = /import '.\\/a.js'/u;",
    'const here = import.meta.url;',
    "export const from = 'somewhere';",
    "export { a };\nconst from = 'b';",
  ])('is not misled by %j', (source) => {
    expect(imports(source)).toEqual([]);
  });

  test('finds its way after quotes in regular expressions and nested templates', () => {
    const source = `const a = /['"\`]/u;\nconst b = \`x${OPEN}{ c: \`}\` }.c}y\`;\nimport './a.js';`;
    expect(imports(source)).toEqual(['./a.js']);
  });

  test('tells types from values', () => {
    const found = importsOf(tokensOf("import type { A } from './a.js';\nimport { b } from './b.js';"));
    expect(found.map((one) => one.typeOnly)).toEqual([true, false]);
  });

  test('marks computed imports', () => {
    expect(imports(`await import(\`./${OPEN}name}.js\`);`)).toEqual([null]);
    expect(imports('await import(name);')).toEqual([null]);
  });
});
