/** The package as others install it: `assay/client` with its types, and jose as all that it needs. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const run = promisify(execFile);

let folder: string;
let packed: readonly string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-package-'));
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: ROOT,
    maxBuffer: 16 * 1024 * 1024,
  });
  const [{ files }] = JSON.parse(stdout) as [{ files: readonly { path: string }[] }];
  packed = files.map(({ path }) => path);
  const installed = join(folder, 'node_modules', 'assay');
  await mkdir(installed, { recursive: true });
  const [archive = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  await run('tar', ['-xzf', join(folder, archive), '-C', installed, '--strip-components=1']);
  // Nothing of the rest is there: what `assay/client` imports beyond Node and this would not be found.
  for (const name of ['jose', '@types/node', 'undici-types']) {
    await cp(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true });
  }
  await writeFile(join(folder, 'package.json'), '{"private":true,"type":"module"}');
}, 180_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const PROGRAM = `
import { createTokenVerifier, TokenRefused, type VerifiedToken } from 'assay/client';

const tokens = createTokenVerifier({ issuer: 'https://attest.example', audience: 'key-broker' });
export async function workloadOf(token: string): Promise<string> {
  const verified: VerifiedToken = await tokens.verify(token, { provenThumbprint: 'a'.repeat(43) });
  return verified.att.workload;
}
try {
  await workloadOf('not a token');
} catch (error) {
  if (error instanceof TokenRefused) console.log(error.code);
}
`;

jest.setTimeout(180_000);

describe('the package', () => {
  test('has what runs, and nothing of tests, tools or data', () => {
    expect(packed).toContain('build/src/client/index.js');
    expect(packed).toContain('build/src/client/index.d.ts');
    const places = /^(?:LICENSE|README\.md|package\.json|bin\/|build\/(?:agent|src)\/|certs\/|migrations\/)/u;
    expect(packed.filter((path) => !places.test(path))).toEqual([]);
  });

  test('gives programs the client, with jose alone beside it, and its types', async () => {
    await writeFile(join(folder, 'program.ts'), PROGRAM);
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    const options = ['--strict', '--target', 'ES2023', '--module', 'NodeNext', '--types', 'node'];
    await run(process.execPath, [tsc, ...options, 'program.ts'], { cwd: folder });
    const { stdout } = await run(process.execPath, ['program.js'], { cwd: folder });
    expect(stdout).toBe('token_malformed\n');
  });

  test('has types that say what is wrong', async () => {
    const wrong = PROGRAM.replace('verified.att.workload', 'verified.att.reference_version');
    await writeFile(join(folder, 'wrong.ts'), wrong);
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    const options = ['--strict', '--noEmit', '--target', 'ES2023', '--module', 'NodeNext', '--types', 'node'];
    await expect(run(process.execPath, [tsc, ...options, 'wrong.ts'], { cwd: folder })).rejects.toMatchObject(
      {
        stdout: expect.stringContaining("Type 'number' is not assignable to type 'string'"),
      },
    );
  });

  test('shows nothing else of itself', async () => {
    await writeFile(join(folder, 'inside.js'), "import 'assay/build/src/main.js';\n");
    await expect(run(process.execPath, ['inside.js'], { cwd: folder })).rejects.toMatchObject({
      stderr: expect.stringContaining('ERR_PACKAGE_PATH_NOT_EXPORTED'),
    });
  });
});
