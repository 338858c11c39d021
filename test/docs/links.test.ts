import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { anchorsOf, linksOf, ROOT, readPage, readPages } from './markdown.js';

const pages = await readPages();

/** Links that lead nowhere, as `page → target`. */
async function deadLinks(path: string, text: string): Promise<string[]> {
  const dead: string[] = [];
  for (const link of linksOf(text).filter((target) => !/^[a-z]+:/u.test(target))) {
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? path : normalize(join(dirname(path), file));
    const found =
      existsSync(join(ROOT, target)) &&
      (anchor === undefined || anchorsOf((await readPage(target)).text).includes(anchor));
    if (!found) dead.push(`${path} → ${link}`);
  }
  return dead;
}

describe('links between pages', () => {
  test.each(pages.map((page) => [page.path, page] as const))('%s leads somewhere', async (path, page) => {
    expect(await deadLinks(path, page.text)).toEqual([]);
  });

  test('a missing file and a missing heading are noticed', async () => {
    const text = '[a](README.md) [b](docs/absent.md) [c](README.md#start) [d](README.md#absent) [e](#absent)';
    expect(await deadLinks('README.md', text)).toEqual([
      'README.md → docs/absent.md',
      'README.md → README.md#absent',
      'README.md → #absent',
    ]);
  });

  test('every page is reachable from the README', async () => {
    const seen = new Set<string>();
    const visit = async (path: string): Promise<void> => {
      if (seen.has(path)) return;
      seen.add(path);
      for (const link of linksOf((await readPage(path)).text)) {
        const target = normalize(join(dirname(path), link.split('#')[0] ?? ''));
        if (target.endsWith('.md') && existsSync(join(ROOT, target))) await visit(target);
      }
    };
    await visit('README.md');
    expect([...seen].sort()).toEqual(pages.map((page) => page.path));
  });
});
