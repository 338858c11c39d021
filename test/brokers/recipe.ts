/** The recipes of examples/brokers as they are read by people: their files, and their commands, run section by section. */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { blocksOf, ROOT, readPage, sectionOf } from '../docs/markdown.js';
import { type Ended, endOf } from '../ended.js';

/** Milliseconds after which commands that wait for something are ended; the test then sees no exit code. */
const LIMIT = 120_000;

/** What a recipe says, and what stands there in its place during a test. Each must occur. */
export type Replacements = Readonly<Record<string, string>>;

export interface Recipe {
  /** A copy of the recipe, in which commands run. */
  readonly folder: string;
  /** The commands of a section, with `set -euo pipefail`. `changes` hold for this run alone. */
  run(
    section: string,
    environment?: Readonly<Record<string, string>>,
    changes?: Replacements,
  ): Promise<Ended>;
  remove(): Promise<void>;
}

export function recipeFile(broker: string, name: string): Promise<string> {
  return readFile(join(ROOT, 'examples', 'brokers', broker, name), 'utf8');
}

/** Copies a recipe with all its files. `program` is a broker's, found under its own name by the commands. */
export async function openRecipe(
  broker: string,
  replacements: Replacements,
  program: string,
): Promise<Recipe> {
  const folder = await mkdtemp(join(tmpdir(), `assay-recipe-${broker}-`));
  const names = await readdir(join(ROOT, 'examples', 'brokers', broker));
  const texts = new Map<string, string>();
  for (const name of names) texts.set(name, await recipeFile(broker, name));
  requireAll([...texts.values()].join('\n'), replacements);
  for (const [name, text] of texts) await writeFile(join(folder, name), replaced(text, replacements));
  const page = await readPage(`examples/brokers/${broker}/README.md`);

  return {
    folder,
    run(section, environment = {}, changes = {}) {
      const blocks = blocksOf(sectionOf(page, section)).filter(({ language }) => language === 'sh');
      if (blocks.length === 0) throw new Error(`${page.path}: no commands in "${section}"`);
      const commands = replaced(blocks.map(({ content }) => content).join(''), replacements);
      requireAll(commands, changes);
      return runCommands(replaced(commands, changes), {
        cwd: folder,
        env: {
          HOME: folder,
          PATH: [dirname(program), process.env.PATH ?? ''].join(delimiter),
          ...environment,
        },
      });
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function requireAll(text: string, replacements: Replacements): void {
  const absent = Object.keys(replacements).filter((words) => !text.includes(words));
  if (absent.length > 0) throw new Error(`the recipe does not say: ${absent.join(', ')}`);
}

function replaced(text: string, replacements: Replacements): string {
  return Object.entries(replacements).reduce(
    (sofar, [words, others]) => sofar.replaceAll(words, others),
    text,
  );
}

/** `assay` is the command of this build. */
async function runCommands(
  commands: string,
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<Ended> {
  const assay = `assay() { "${process.execPath}" "${join(ROOT, 'bin', 'assay.js')}" "$@"; }\n`;
  const args = ['--noprofile', '--norc', '-euo', 'pipefail', '-c', assay + commands];
  return endOf(spawn('bash', args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], timeout: LIMIT }));
}
