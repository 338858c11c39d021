import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';

const SCRIPT = fileURLToPath(new URL('../../../scripts/refusals.mjs', import.meta.url));

describe('docs/refusals.md', () => {
  test('is what the table of refusal codes says', async () => {
    const run = promisify(execFile)(process.execPath, [SCRIPT, '--check']);
    await expect(run).resolves.toMatchObject({ stderr: '' });
  });
});
