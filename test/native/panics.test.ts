/** A panic of the addon is an error in JavaScript, and never the end of the process: by a build of it that panics when asked. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { leaveOut } from '../left-out.js';

const PANICKING = fileURLToPath(new URL('../../native/panicking.node', import.meta.url));
const CRYPTO = new URL('../../src/compose/crypto.js', import.meta.url);
const ADDON = new URL('../../src/platform/native-addon.js', import.meta.url);
const SUITE = 'panics of the native addon';

/** A process of its own, which is what a panic would end. It prints what became of each, last a sound question. */
const PROGRAM = `
  import { generateKeyPairSync, sign } from 'node:crypto';
  const loaded = { exports: {} };
  process.dlopen(loaded, ${JSON.stringify(PANICKING)});
  const { library, PublicKey } = loaded.exports;
  const panic = Buffer.from('panic');
  const message = Buffer.from('sound');
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const signature = sign('sha384', message, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  const key = new PublicKey('P-384', publicKey.export({ type: 'spki', format: 'der' }).subarray(-97));
  const became = async (ask) => {
    try { return { answered: await ask() }; } catch (error) { return { threw: error.message }; }
  };
  console.log(JSON.stringify({
    library: await became(() => library()),
    constructor: await became(() => new PublicKey('P-384', panic)),
    verify: await became(() => key.verify(panic, signature)),
    verifyDigest: await became(() => key.verifyDigest(panic, signature)),
    verifyPooled: await became(() => key.verifyPooled(panic, signature)),
    afterwards: await became(() => key.verify(message, signature)),
    afterwardsPooled: await became(() => key.verifyPooled(message, signature)),
  }));`;

/** The service’s own choice, with that addon. */
const CHOOSING = `
  import { openCrypto } from ${JSON.stringify(CRYPTO)};
  import { loadAddon } from ${JSON.stringify(ADDON)};
  const said = [];
  const log = { error: (fields, message) => said.push(message + ': ' + fields.why) };
  const load = () => loadAddon(${JSON.stringify(PANICKING)});
  const name = await openCrypto('auto', log, load);
  const native = await openCrypto('native', log, load).catch((error) => String(error));
  console.log(JSON.stringify({ name, said, native }));`;

async function run(program: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  return JSON.parse(stdout);
}

if (!existsSync(PANICKING)) {
  leaveOut(SUITE, {
    why: 'not built (npm run build:native -- --panicking)',
    lacking: 'not built the addon that panics: npm run build:native -- --panicking',
    needs: 'needs the addon that panics',
  });
} else {
  describe(SUITE, () => {
    let became: unknown;
    beforeAll(async () => {
      became = await run(PROGRAM);
    });

    test.each(['library', 'constructor', 'verify', 'verifyDigest', 'verifyPooled'])('%s throws', (what) => {
      expect(became).toHaveProperty(what, { threw: expect.stringMatching(/panic|as the test asked/u) });
    });

    test('the process lives, and what is sound is verified as before', () => {
      expect(became).toMatchObject({
        afterwards: { answered: true },
        afterwardsPooled: { answered: true },
      });
    });

    test('at start auto says so and takes Node, and native refuses', async () => {
      const { name, said, native } = (await run(CHOOSING)) as Record<string, unknown>;
      expect(name).toBe(`node openssl/${process.versions.openssl}`);
      expect(said).toEqual([expect.stringMatching(/^the native addon is not used: .*fails before/u)]);
      expect(native).toMatch(/^CryptoRefused: ASSAY_CRYPTO=native: the native addon fails/u);
    });
  });
}
