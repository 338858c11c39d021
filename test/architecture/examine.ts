/** Holds a source tree to the rules. Each violation names the rule, the file and the line. */
import { isBuiltin } from 'node:module';
import { HOMES, homeRule, packageOf } from './homes.js';
import { COMPOSITION_ROOT, LAYERS, type Layer } from './layers.js';
import { IGNORANT_OF_SIMULATION, PURITY, type PurityRule } from './purity.js';
import { type Import, resolveInTree, type SourceFile } from './source-tree.js';
import type { Token } from './tokens.js';

export interface Violation {
  readonly rule: string;
  readonly path: string;
  readonly line: number;
  readonly what: string;
}

/** Rules that are not rows of a table. */
export const STRUCTURAL_RULES: Readonly<Record<string, string>> = {
  'file-has-a-layer': 'A folder that no rule names would be free of all of them.',
  'import-is-literal': 'An address computed at run time cannot be held to any rule.',
  'import-stays-inside': 'Shipped code does not reach into tests, scripts or other packages’ files.',
  'package-has-a-home': 'A library gets a home and a reason before it gets a user.',
  'only-entries-import-compose': 'Whoever imports the composition root sees everything.',
  'simulation-is-unknown':
    'Simulated and genuine evidence take the same path and differ only in the anchors.',
};

export function examine(files: readonly SourceFile[]): Violation[] {
  return files.flatMap((file) => [
    ...(layerOf(file.path) === null && !isIn(file.path, [COMPOSITION_ROOT])
      ? [violation('file-has-a-layer', file, 1, 'no rule names its folder')]
      : []),
    ...file.imports.flatMap((found) => examineImport(file, found)),
    ...PURITY.flatMap((rule) => examinePurity(file, rule)),
    ...examineSimulation(file),
  ]);
}

/** True when the file (or `place` itself) lies in one of the places. */
export function isIn(path: string, places: readonly string[]): boolean {
  const bare = path.replace(/\.ts$/u, '');
  return places.some((place) => (place.endsWith('/') ? bare.startsWith(place) : bare === place));
}

function layerOf(path: string): Layer | null {
  let best: { layer: Layer; length: number } | null = null;
  for (const layer of LAYERS) {
    for (const place of layer.places) {
      if (isIn(path, [place]) && place.length > (best?.length ?? 0)) best = { layer, length: place.length };
    }
  }
  return best?.layer ?? null;
}

function examineImport(file: SourceFile, found: Import): Violation[] {
  const { specifier, line } = found;
  if (specifier === null) return [violation('import-is-literal', file, line, 'computed import')];
  if (specifier.startsWith('.')) return examineInternal(file, found, resolveInTree(file.path, specifier));
  if (isBuiltin(specifier)) return [];
  const name = packageOf(specifier);
  const home = HOMES.find((known) => known.package === name);
  if (home === undefined) return [violation('package-has-a-home', file, line, specifier)];
  return isIn(file.path, home.places) ? [] : [violation(homeRule(name), file, line, specifier)];
}

function examineInternal(file: SourceFile, found: Import, target: string): Violation[] {
  if (target.startsWith('../')) return [violation('import-stays-inside', file, found.line, target)];
  if (isIn(file.path, [COMPOSITION_ROOT])) return [];
  const layer = layerOf(file.path);
  if (layer === null) return [];
  if (isIn(target, [COMPOSITION_ROOT]) && !layer.may.includes(COMPOSITION_ROOT)) {
    return [violation('only-entries-import-compose', file, found.line, target)];
  }
  const known = [...layer.places, ...layer.may, ...(found.typeOnly ? (layer.mayTypes ?? []) : [])];
  return isIn(target, known) ? [] : [violation(layer.id, file, found.line, target)];
}

function examinePurity(file: SourceFile, rule: PurityRule): Violation[] {
  const forbidden = rule.forbiddenIn.length === 0 || isIn(file.path, rule.forbiddenIn);
  if (!forbidden || isIn(file.path, rule.allowedIn)) return [];
  const modules = file.imports.filter(
    ({ specifier }) => specifier !== null && rule.modules.includes(packageOf(withPrefix(specifier))),
  );
  return [
    ...modules.map((found) => violation(rule.id, file, found.line, found.specifier ?? '')),
    ...rule.phrases.flatMap((phrase) =>
      occurrences(file.tokens, phrase).map((line) => violation(rule.id, file, line, phrase.join(''))),
    ),
  ];
}

/** `fs` and `node:fs` are one module. */
function withPrefix(specifier: string): string {
  return isBuiltin(specifier) && !specifier.startsWith('node:') ? `node:${specifier}` : specifier;
}

/** Lines where the words stand in a row. A member of that name on another object is another thing. */
function occurrences(tokens: readonly Token[], phrase: readonly string[]): number[] {
  return tokens.flatMap((token, index) => {
    const before = tokens[index - 1]?.text;
    const foreign = before === '.' && tokens[index - 2]?.text !== 'globalThis';
    const here = phrase.every((text, step) => {
      const at = tokens[index + step];
      return at !== undefined && at.kind !== 'string' && at.text === text;
    });
    return here && !(foreign && phrase.length > 1) ? [token.line] : [];
  });
}

function examineSimulation(file: SourceFile): Violation[] {
  if (!isIn(file.path, IGNORANT_OF_SIMULATION)) return [];
  return file.tokens.flatMap((token, index) =>
    /simulat/iu.test(token.text) && !isHandedOn(file.tokens, index)
      ? [violation('simulation-is-unknown', file, token.line, token.text)]
      : [],
  );
}

/** The one thing allowed: `simulated: <some.path>.simulated` as a member of an object, and nothing done with it. */
function isHandedOn(tokens: readonly Token[], index: number): boolean {
  if (tokens[index]?.text !== 'simulated' || tokens[index]?.kind !== 'word') return false;
  let first = index;
  while (tokens[first - 1]?.text === '.') first -= 2;
  const isValue = first < index;
  const member = isValue ? first - 2 : index;
  const opening = tokens[member - 1]?.text;
  if (tokens[member]?.text !== 'simulated' || tokens[member + 1]?.text !== ':') return false;
  if (opening !== ',' && opening !== '{') return false;
  let last = member + 2;
  while (tokens[last + 1]?.text === '.') last += 2;
  const closing = tokens[last + 1]?.text;
  return tokens[last]?.text === 'simulated' && last > member + 2 && (closing === ',' || closing === '}');
}

function violation(rule: string, file: SourceFile, line: number, what: string): Violation {
  return { rule, path: file.path, line, what };
}
