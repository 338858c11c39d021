/** What the helpers in Go and Python bring with them: one table of refusals, each of them earned, and dependencies with licences. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { CLIENT_REFUSALS } from '../../src/client/index.js';
import { ROOT } from '../docs/markdown.js';
import { ISSUER_CASES } from './issuer-cases.js';
import { REQUEST_CASES } from './request-cases.js';
import { TOKEN_CASES } from './token-cases.js';

const read = (path: string) => readFile(join(ROOT, 'clients', path), 'utf8');

describe('the table of refusals of the helpers', () => {
  test('is one, and says what that of Node.js says', async () => {
    const [go, python] = await Promise.all(
      ['go/refusals.json', 'python/assay_client/refusals.json'].map((path) => read(path)),
    );
    expect(python).toBe(go);
    const rows = JSON.parse(go ?? '') as readonly { readonly code: string }[];
    const codes = new Set(rows.map(({ code }) => code));
    expect(rows).toEqual(CLIENT_REFUSALS.filter(({ code }) => codes.has(code)));
  });

  test('has no code that the cases for all languages do not earn, and they earn no other', async () => {
    const rows = JSON.parse(await read('go/refusals.json')) as readonly { readonly code: string }[];
    const earned = [...TOKEN_CASES, ...REQUEST_CASES, ...ISSUER_CASES].map(({ code }) => code);
    // Those that take more than one question, in keys-kept.integration.test.ts.
    const stories = ['proof_replayed', 'replay_memory_full'];
    const codes = new Set([...earned, ...stories].filter((code) => code !== 'accepted'));
    expect([...codes].sort()).toEqual(rows.map(({ code }) => code).sort());
  });
});

describe('dependencies of the helpers', () => {
  const LICENCES = /\((?:MIT|MIT-0|BSD-3-Clause|Apache-2\.0 or\s+BSD-3-Clause)\)/u;

  test('of Go are pinned, and named with a licence', async () => {
    const [module, sums, page] = await Promise.all(['go/go.mod', 'go/go.sum', 'go/README.md'].map(read));
    const required = [...(module ?? '').matchAll(/^(?:require )?\s*(\S+\.\S+\/\S+) (v\S+)/gmu)];
    expect(required).toHaveLength(1);
    for (const [, path, version] of required) {
      expect(sums).toContain(`${path} ${version} h1:`);
      const name = path?.split('/')[1];
      expect(page).toMatch(
        new RegExp(
          `\\[${name}[^\\]]*\\]\\(https://${path?.replace(/\/v\d+$/u, '')}\\) ${LICENCES.source}`,
          'u',
        ),
      );
    }
  });

  test('of Python are pinned for tests, and named with a licence', async () => {
    const [project, page] = await Promise.all(['python/pyproject.toml', 'python/README.md'].map(read));
    const tools = await readFile(join(ROOT, '.ci/tools.txt'), 'utf8');
    const [, list = ''] = /^dependencies = \[(.*)\]$/mu.exec(project ?? '') ?? [];
    const direct = [...list.matchAll(/"([A-Za-z]+)/gu)].map(([, name = '']) => name);
    expect(direct).toEqual(['PyJWT', 'cryptography']);
    for (const name of [...direct, 'cffi', 'pycparser']) {
      expect(tools).toMatch(new RegExp(`^${name}==\\S+ \\\\$`, 'mu'));
      expect(page).toMatch(new RegExp(`${name}(?:\\]\\([^)]+\\))? ${LICENCES.source}`, 'u'));
    }
  });
});
