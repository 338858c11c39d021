/** Reads a source tree: each file with its tokens and what it imports. */
import { readdir, readFile } from 'node:fs/promises';
import { join, posix, relative, sep } from 'node:path';
import { type Token, tokensOf } from './tokens.js';

export interface Import {
  /** As written; null for an import whose address is computed at run time. */
  readonly specifier: string | null;
  /** Only types: gone after compilation. */
  readonly typeOnly: boolean;
  readonly line: number;
}

export interface SourceFile {
  /** From the root of the tree, with forward slashes: `tee/snp/report.ts`. */
  readonly path: string;
  readonly tokens: readonly Token[];
  readonly imports: readonly Import[];
}

export async function readSourceTree(root: string, ending = '.ts'): Promise<SourceFile[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(paths.sort().map((path) => readSource(root, path)));
}

async function readSource(root: string, path: string): Promise<SourceFile> {
  const tokens = tokensOf(await readFile(path, 'utf8'));
  return { path: relative(root, path).split(sep).join('/'), tokens, imports: importsOf(tokens) };
}

/** Static, side-effect, dynamic and re-exporting imports, `require` included. */
export function importsOf(tokens: readonly Token[]): Import[] {
  const found: Import[] = [];
  tokens.forEach((token, index) => {
    if (token.kind !== 'word' || tokens[index - 1]?.text === '.') return;
    if (token.text === 'import') found.push(...importAt(tokens, index));
    if (token.text === 'export') found.push(...reexportAt(tokens, index));
    if (token.text === 'require' && tokens[index + 1]?.text === '(') found.push(callAt(tokens, index));
  });
  return found;
}

function importAt(tokens: readonly Token[], index: number): Import[] {
  const next = tokens[index + 1];
  if (next === undefined || next.text === '.' || next.text === ':') return [];
  if (next.kind === 'string') return [{ specifier: next.text, typeOnly: false, line: next.line }];
  if (next.text === '(') return [callAt(tokens, index)];
  return clauseAt(tokens, index);
}

function reexportAt(tokens: readonly Token[], index: number): Import[] {
  const type = tokens[index + 1]?.text === 'type' ? 1 : 0;
  const opening = tokens[index + 1 + type]?.text;
  return opening === '{' || opening === '*' ? clauseAt(tokens, index) : [];
}

/** From `import` or `export` to its `from 'x'`; nothing when the statement ends before one. */
function clauseAt(tokens: readonly Token[], index: number): Import[] {
  const typeOnly = tokens[index + 1]?.text === 'type' && tokens[index + 2]?.text !== 'from';
  for (let at = index + 1; at < tokens.length; at += 1) {
    const token = tokens[at];
    const next = tokens[at + 1];
    if (token?.kind === 'word' && token.text === 'from' && next?.kind === 'string') {
      return [{ specifier: next.text, typeOnly, line: next.line }];
    }
    if (token?.text === ';' || token?.text === '=') return [];
  }
  return [];
}

/** `import(…)` and `require(…)`: literal only when the one argument is one plain string. */
function callAt(tokens: readonly Token[], index: number): Import {
  const argument = tokens[index + 2];
  const literal = argument?.kind === 'string' && tokens[index + 3]?.text === ')';
  const typeOnly = tokens[index - 1]?.text === 'typeof' || tokens[index - 1]?.text === ':';
  return { specifier: literal ? argument.text : null, typeOnly, line: tokens[index]?.line ?? 0 };
}

/** Where a relative specifier leads, from the root of the tree; starts with `../` when it leaves the tree. */
export function resolveInTree(from: string, specifier: string): string {
  return posix.normalize(posix.join(posix.dirname(from), specifier)).replace(/\.js$/u, '.ts');
}
