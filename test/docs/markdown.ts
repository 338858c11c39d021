/** The project's own pages, and the parts of them that tests hold to the truth. */
import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

export interface Page {
  /** From the root of the project. */
  readonly path: string;
  readonly text: string;
}

export interface Block {
  /** What stands after the fence: `sh`, `text`, `json`, … */
  readonly language: string;
  readonly content: string;
}

export async function readPage(path: string): Promise<Page> {
  return { path, text: await readFile(join(ROOT, path), 'utf8') };
}

export const RECIPES = 'examples/brokers';
const BROKERS = ['openbao', 'step-ca', 'kubernetes', 'gcp', 'aws', 'azure', 'trustee-kbs', 'spire'];
const FOLDERS = [
  ...['.', 'docs', 'certs', 'examples/key-broker', 'examples/boot', 'examples/agent', 'examples/endpoint'],
  ...[RECIPES, 'clients/go', 'clients/python'],
  ...BROKERS.map((broker) => posix.join(RECIPES, broker)),
];

/** Every page of the project, sorted by path. */
export async function readPages(): Promise<readonly Page[]> {
  const paths = await Promise.all(
    FOLDERS.map(async (folder) => {
      const names = await readdir(join(ROOT, folder));
      return names.filter((name) => name.endsWith('.md')).map((name) => posix.join(folder, name));
    }),
  );
  return Promise.all(paths.flat().sort().map(readPage));
}

/** The text under a heading of the second level, without the heading. */
export function sectionOf(page: Page, heading: string): string {
  const parts = page.text.split(/^## /mu).filter((part) => part.startsWith(`${heading}\n`));
  const [only] = parts;
  if (only === undefined || parts.length > 1) throw new Error(`${page.path} has one section "${heading}"`);
  return only.slice(heading.length + 1);
}

/** Fenced blocks in order. */
export function blocksOf(text: string): readonly Block[] {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gmu)].map((match) => ({
    language: match[1] ?? '',
    content: match[2] ?? '',
  }));
}

/** Fenced blocks taken out: what is left is prose, tables and links. */
export function proseOf(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gmu, '');
}

/** What stands in backquotes within prose. */
export function codeSpansOf(text: string): readonly string[] {
  return [...proseOf(text).matchAll(/`([^`\n]+)`/gu)].map((match) => match[1] ?? '');
}

/** Targets of `[text](target)`. */
export function linksOf(text: string): readonly string[] {
  return [...proseOf(text).matchAll(/\[[^\]]*\]\(([^)\s]+)\)/gu)].map((match) => match[1] ?? '');
}

/** The anchors that a page's headings get where Markdown is shown. */
export function anchorsOf(text: string): readonly string[] {
  return [...proseOf(text).matchAll(/^#{1,6} (.+)$/gmu)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}
