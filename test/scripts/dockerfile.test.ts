import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

interface Instruction {
  readonly keyword: string;
  readonly words: readonly string[];
  readonly json?: boolean;
  readonly flags?: readonly string[];
}

interface Built {
  readonly root: string;
  readonly config: { readonly env: Readonly<Record<string, string>>; readonly user: unknown };
}

/** Seen from the built test: scripts are not compiled. */
const SCRIPT = new URL('../../../scripts/deployment/dockerfile.mjs', import.meta.url).href;
const { buildStages }: { buildStages: (job: object) => Promise<Built> } = await import(SCRIPT);

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'assay-dockerfile-'));
  await mkdir(join(home, 'context', 'src', 'deep'), { recursive: true });
  await writeFile(join(home, 'context', 'src', 'deep', 'a'), 'a');
  await writeFile(join(home, 'context', 'LICENSE'), 'licence');
  await writeFile(join(home, 'context', 'secret'), 'secret');
  await writeFile(join(home, 'context', '.dockerignore'), '*\n!src\n!LICENSE\n');
});
afterEach(() => rm(home, { recursive: true, force: true }));

function build(...stages: (readonly Instruction[])[]): Promise<Built> {
  const named = stages.map((instructions, index) => ({
    name: index === 0 ? 'build' : '',
    base: 'scratch',
    instructions: instructions.map((instruction) => ({ json: false, flags: [], line: 1, ...instruction })),
  }));
  return buildStages({
    stages: named,
    home,
    context: join(home, 'context'),
    baseOf: () => ({ env: {}, mounts: [] }),
    buildArgs: {},
    log: () => undefined,
  });
}

const copy = (...words: string[]): Instruction => ({ keyword: 'copy', words });

describe('a Dockerfile carried out by hand', () => {
  test('copies what the builder would: contents of folders, files by name, from stage to stage', async () => {
    const { root } = await build(
      [{ keyword: 'workdir', words: ['/app'] }, copy('src', './src'), copy('LICENSE', './')],
      [{ ...copy('/app', '/opt/assay'), flags: ['--from=build'] }],
    );
    expect(await readFile(join(root, 'opt', 'assay', 'src', 'deep', 'a'), 'utf8')).toBe('a');
    expect(await readFile(join(root, 'opt', 'assay', 'LICENSE'), 'utf8')).toBe('licence');
  });

  test('environment and user', async () => {
    const { config } = await build([
      { keyword: 'env', words: ['A', '"b c"', '=', 'D', 'e', '='] },
      { keyword: 'user', words: ['1000:1000'] },
    ]);
    expect(config).toMatchObject({ env: { A: 'b c', D: 'e' }, user: { uid: 1000, gid: 1000 } });
  });

  test.each([
    ['an instruction', { keyword: 'volume', words: ['/data'] }],
    ['a flag', { ...copy('src', './src'), flags: ['--chown=1000'] }],
    ['a stage', { ...copy('src', './src'), flags: ['--from=other'] }],
    ['a user by name', { keyword: 'user', words: ['node'] }],
    ['a health check that needs a shell', { keyword: 'healthcheck', words: ['CMD-SHELL', 'true'] }],
    ['a command that needs a shell', { keyword: 'cmd', words: ['assay serve'] }],
  ])('%s that is not known is an error', async (_name, instruction) => {
    await expect(build([instruction])).rejects.toThrow(/Dockerfile:1: \w+: /u);
  });

  test('what .dockerignore keeps back cannot be copied', async () => {
    await expect(build([copy('secret', './')])).rejects.toThrow(
      '.dockerignore keeps secret from the builder',
    );
  });

  test('a .dockerignore of another form is not guessed at', async () => {
    await writeFile(join(home, 'context', '.dockerignore'), 'secret\n');
    await expect(build([copy('LICENSE', './')])).rejects.toThrow('one form only');
  });
});
