import { describe, expect, test } from '@jest/globals';
import pc from 'picocolors';
import { main } from '../../src/cli/main.js';
import { codeSpansOf, RECIPES, readPages } from './markdown.js';

/** `assay verify FILE --json | less` → path candidates and options. */
interface Invocation {
  readonly words: readonly string[];
  readonly options: readonly string[];
}

/** Every `assay …` of a text. What follows a pipe, a redirection or a quote belongs to something else. */
function invocationsOf(text: string): readonly Invocation[] {
  const joined = text.replace(/\\\n\s*/gu, ' ');
  return [...joined.matchAll(/(?<![\w/-])assay ([a-z][^\n|>;&`]*)/gu)].map(([, rest = '']) => {
    const parts = rest.replace(/["'].*?["']/gu, '').split(/\s+/u);
    const end = parts.findIndex((part) => !/^[a-z][a-z-]*$/u.test(part));
    return {
      words: parts.slice(0, end === -1 ? parts.length : end),
      options: parts.filter((part) => part.startsWith('--')),
    };
  });
}

async function helpOf(path: readonly string[]): Promise<string> {
  const lines: string[] = [];
  await main([...path, '--help'], {
    out: (text) => lines.push(text),
    err: (text) => lines.push(text),
    readInput: async () => new Uint8Array(),
    interrupted: async () => undefined,
    colours: pc.createColors(false),
    env: {},
    now: () => new Date(0),
  });
  return lines.join('\n');
}

function knows(help: string, option: string): boolean {
  return new RegExp(`(^|\\s)${option}(\\s|,|$)`, 'mu').test(help);
}

/** The longest command that the words name, with its help; null when there is none. */
async function commandOf(words: readonly string[]): Promise<{ path: string; help: string } | null> {
  for (let length = Math.min(words.length, 2); length > 0; length -= 1) {
    const path = words.slice(0, length);
    const help = await helpOf(path);
    const usage = `Usage: assay ${path.join(' ')} `;
    const isGroup = help.includes('\nCommands:');
    if (help.startsWith(usage) && !(isGroup && length < Math.min(words.length, 2)))
      return { path: path.join(' '), help };
  }
  return null;
}

/** What the text asks of the command line and the command line does not have. */
async function mistakesIn(text: string): Promise<string[]> {
  const mistakes: string[] = [];
  for (const { words, options } of invocationsOf(text)) {
    const command = await commandOf(words);
    if (command === null) mistakes.push(`assay ${words.join(' ')}`);
    for (const option of options) {
      if (command !== null && !knows(command.help, option)) mistakes.push(`assay ${command.path} ${option}`);
    }
  }
  return mistakes;
}

const pages = await readPages();

describe('commands in the documentation', () => {
  test.each(pages.map((page) => [page.path, page] as const))(
    '%s asks for what there is',
    async (_path, page) => {
      const fenced = [...page.text.matchAll(/^```[\s\S]*?^```$/gmu)].map(([block]) => block);
      const texts = [...fenced, ...codeSpansOf(page.text)];
      expect(await mistakesIn(texts.join('\n'))).toEqual([]);
    },
  );

  test('options named alone belong to some command', async () => {
    const commands = pages.flatMap((page) => invocationsOf(page.text)).map(({ words }) => words);
    const helps = await Promise.all(commands.map(async (words) => (await commandOf(words))?.help ?? ''));
    // Recipes name options of other programs.
    const named = pages
      .filter(({ path }) => !path.startsWith(RECIPES))
      .flatMap((page) => codeSpansOf(page.text))
      .filter((span) => span.startsWith('--'))
      .map((span) => span.split(' ')[0] ?? '');
    expect(named).toContain('--reference-values');
    expect(named.filter((option) => !helps.some((help) => knows(help, option)))).toEqual([]);
  });

  test('a command and an option that do not exist are noticed', async () => {
    expect(
      await mistakesIn('assay hallmark X\nassay verify f --json --gold\nassay endorsements melt'),
    ).toEqual(['assay hallmark', 'assay verify --gold', 'assay endorsements melt']);
  });
});
