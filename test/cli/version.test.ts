import { expect, test } from '@jest/globals';
import { assay } from './run-assay.js';

const NODE = `node openssl/${process.versions.openssl}`;

test.each(['--version', '-V'])('%s says which build this is, and who would verify', async (flag) => {
  const { code, out, err } = await assay([flag], { env: { ASSAY_CRYPTO: 'node' } });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const [build, crypto] = out.trimEnd().split('\n');
  expect(build).toMatch(/^assay \d+\.\d+\.\d+(\+g[0-9a-f]{7,})?$/u);
  expect(crypto).toBe(`signatures of evidence: ${NODE}`);
});

test('--version is in the help', async () => {
  expect((await assay(['--help'])).out).toMatch(/-V, --version +which build this is/u);
});

test.each([['--version'], ['verify', 'report.bin']])(
  'a choice that is none is a mistake (%s)',
  async (...args) => {
    const { code, out, err } = await assay(args, { env: { ASSAY_CRYPTO: 'openssl' } });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('ASSAY_CRYPTO must be auto, node or native.');
  },
);
