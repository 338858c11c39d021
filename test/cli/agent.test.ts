import { expect, test } from '@jest/globals';
import { HELP } from '../../src/agent/arguments.js';
import { assay } from './run-assay.js';

const NEVER = new Promise<void>(() => undefined);

test('options and help are the agent’s own', async () => {
  expect(await assay(['agent', '--help'], { interrupted: NEVER })).toEqual({ code: 0, out: HELP, err: '' });
  expect(await assay(['agent', '-h', '--once'], { interrupted: NEVER })).toEqual({
    code: 0,
    out: HELP,
    err: '',
  });
});

test('mistakes are told as by the one file', async () => {
  const { code, out, err } = await assay(['agent', '--server', 'ftp://x', '--once'], { interrupted: NEVER });
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(JSON.parse(err)).toMatchObject({
    service: 'assay-agent',
    msg: expect.stringContaining('--server must be https'),
  });
  expect((await assay(['agent', 'word'], { interrupted: NEVER })).code).toBe(2);
});

test('Ctrl-C ends the waiting', async () => {
  // Port 1 answers nobody.
  const args = ['agent', '--server', 'http://localhost:1', '--audience', 'a', '--once', '--no-key'];
  const { code, err } = await assay(args, { interrupted: Promise.resolve() });
  expect(code).toBe(4);
  expect(err).toContain('asked to stop before there was a token');
});

test('assay --help names it', async () => {
  expect((await assay(['--help'])).out).toMatch(/^ {2}agent .*confidential guest/mu);
});
