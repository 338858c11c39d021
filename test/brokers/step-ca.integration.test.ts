/** examples/brokers/step-ca, run as printed: a real authority certifies the key of a token, and no other. */
import { createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Ended } from '../ended.js';
import { freePort } from '../replicas/replica.js';
import { onFreePort } from './ports.js';
import { openRecipe, type Recipe, recipeFile } from './recipe.js';
import {
  type Attempt,
  type Attested,
  OTHER_MEASUREMENT,
  OTHER_WORKLOAD,
  type RunningService,
  startRunningService,
  WORKLOAD,
} from './service.js';
import { sanSelectorOf } from './spire.js';
import { type StepCa, startStepCa } from './step-ca-server.js';
import { built, describeWith } from './tools.js';

/** Takes what simulated hardware earned, and tokens from before its own start, which would hide that they have ended. */
const LENIENT = {
  'ne $att.simulated false': 'ne $att.simulated true',
  '"authority": {': '"authority": { "disableIssuedAtCheck": true,',
};
const PATIENCE_MS = 30_000;

interface Asked extends Ended {
  readonly reply: string;
  /** What was logged since it was asked. */
  said(): string;
}

interface RunningCa {
  readonly recipe: Recipe;
  readonly ca: StepCa;
}

describeWith(built('step-ca'), 'step-ca', (program) => {
  let service: RunningService;
  let stranger: RunningService;
  let lenient: RunningCa;
  const configured: Ended[] = [];

  const startCa = (more: Readonly<Record<string, string>>): Promise<RunningCa> =>
    onFreePort(() => startCaOnce(more));

  async function startCaOnce(more: Readonly<Record<string, string>>): Promise<RunningCa> {
    const port = await freePort();
    const names = {
      'https://attest.example/t/acme': service.issuer,
      '"acme"': '"simulated"',
      '":9000"': `"127.0.0.1:${port}"`,
      'https://ca.example:9000': `https://localhost:${port}`,
      '"ca.example"': '"localhost"',
      '/run/assay/token': 'assay-token',
      ...more,
    };
    const recipe = await openRecipe('step-ca', names, program);
    const authority = await recipe.run('The authority');
    try {
      const ca = await startStepCa(program, recipe.folder, port);
      configured.push(authority);
      return { recipe, ca };
    } catch (error) {
      await recipe.remove();
      throw error;
    }
  }

  beforeAll(async () => {
    [service, stranger] = await Promise.all([startRunningService(), startRunningService()]);
    lenient = await startCa(LENIENT);
    const operator = { ASSAY_SERVER: service.issuer, ASSAY_API_KEY: service.adminKey };
    // Another workload, to see what the template says to it.
    const both = { [WORKLOAD]: `${WORKLOAD} --workload ${OTHER_WORKLOAD}` };
    configured.push(await lenient.recipe.run('At Assay', operator, both));
    await service.create('/v1/audiences', { name: 'other', workloads: [WORKLOAD] });
    await stranger.create('/v1/audiences', { name: 'step-ca', workloads: [WORKLOAD] });
  }, 180_000);
  afterAll(async () => {
    await lenient?.ca.stop();
    await lenient?.recipe.remove();
    await service?.close();
    await stranger?.close();
  });

  const attest = async (attempt: Attempt = {}, from = service): Promise<Attested> => {
    const attested = await from.attest({ audience: 'step-ca', ...attempt });
    if (attested.token === '') throw new Error(`no token: ${JSON.stringify(attested.body)}`);
    return attested;
  };
  const ask = async (
    { token, key }: Pick<Attested, 'token' | 'key'>,
    { recipe, ca }: RunningCa = lenient,
  ): Promise<Asked> => {
    const before = ca.said().length;
    const pem = key.export({ type: 'pkcs8', format: 'pem' });
    await writeFile(join(recipe.folder, 'guest.key'), pem);
    await writeFile(join(recipe.folder, 'assay-token'), token);
    const ended = await recipe.run('In the guest');
    const reply = await readFile(join(recipe.folder, 'reply.json'), 'utf8');
    return { ...ended, reply, said: () => ca.said().slice(before) };
  };
  /** Why it refuses is for its log; that may be written after the reply. */
  const expectRefused = async ({ code, out, reply, said }: Asked, words: RegExp): Promise<void> => {
    expect({ code, out }).toEqual({ code: 22, out: '' });
    expect(reply).not.toContain('BEGIN CERTIFICATE');
    const deadline = Date.now() + PATIENCE_MS;
    while (!words.test(said()) && Date.now() < deadline) await pause(50);
    expect(said()).toMatch(words);
  };
  const publicDer = (key: KeyObject) => key.export({ type: 'spki', format: 'der' });

  test('takes the configuration as printed', async () => {
    expect(configured.map(({ code }) => code)).toEqual([0, 0]);
    expect(await recipeFile('step-ca', 'README.md')).toContain(
      'step-ca --password-file password.txt ca.json',
    );
  });

  test.each(['sev-snp', 'tdx'] as const)('certifies the key of a guest on %s, for an hour', async (tee) => {
    const guest = await attest({ tee });
    const { folder } = lenient.recipe;
    const read = async (name: string) => new X509Certificate(await readFile(join(folder, name)));
    const own = await read('intermediate.crt');
    // The guest is elsewhere and has none of the authority's files but its root.
    await rm(join(folder, 'intermediate.crt'));
    expect((await ask(guest)).code).toBe(0);
    const [certificate, intermediate, root] = await Promise.all(
      ['guest.crt', 'intermediate.crt', 'root.crt'].map(read),
    );
    if (certificate === undefined || intermediate === undefined || root === undefined)
      throw new Error('none');
    expect(intermediate.raw).toEqual(own.raw);
    expect(certificate.verify(intermediate.publicKey)).toBe(true);
    expect(intermediate.verify(root.publicKey)).toBe(true);
    expect(publicDer(certificate.publicKey)).toEqual(publicDer(createPublicKey(guest.key)));
    expect(certificate.subject).toBe(`CN=${WORKLOAD}`);
    expect(certificate.subjectAltName).toBe(
      `DNS:${WORKLOAD}.models.example, URI:x509pop://models.example/workload/${WORKLOAD}`,
    );
    const uri = `x509pop://models.example/workload/${WORKLOAD}`;
    const selector = sanSelectorOf(uri, 'models.example');
    expect(await recipeFile('spire', 'README.md')).toContain(`-selector ${selector}\n`);
    const minutes = (Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)) / 60_000;
    // An hour, and the minute by which the authority dates back.
    expect(minutes).toBe(61);
  });

  test('refuses a token whose guest holds another key than the request', async () => {
    const { token } = await attest();
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await expectRefused(await ask({ token, key: privateKey }), /names another key/);
  });

  test('refuses the same token a second time', async () => {
    const guest = await attest();
    expect((await ask(guest)).code).toBe(0);
    await expectRefused(await ask(guest), /already used/);
  });

  test('refuses another workload', async () => {
    await expectRefused(await ask(await attest({ measurement: OTHER_MEASUREMENT })), /of another workload/);
  });

  test('refuses a token for another audience', async () => {
    await expectRefused(
      await ask(await attest({ audience: 'other' })),
      /provisioner not found|not authorized/i,
    );
  });

  test('refuses a token of another service that says the same of the same guest', async () => {
    await expectRefused(await ask(await attest({}, stranger)), /cannot validate oidc token/);
  });

  test('refuses what ended a hundred seconds ago', async () => {
    await expectRefused(await ask(await attest({ offset: -400 })), /token is expired/);
  });

  test('as printed refuses simulated hardware, and tokens from before its start', async () => {
    const printed = await startCa({});
    try {
      await expectRefused(await ask(await attest(), printed), /hardware is simulated/);
      await expectRefused(await ask(await attest({ offset: -200 }), printed), /issued before the bootstrap/);
    } finally {
      await printed.ca.stop();
      await printed.recipe.remove();
    }
  });
});
