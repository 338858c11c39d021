/** examples/brokers/openbao, run as printed: a real `bao` releases a secret for a token, and for nothing else. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { JsonObject } from '../../src/rats/result.js';
import type { Ended } from '../ended.js';
import { referenceBody } from '../http/guest.js';
import { type BaoAnswer, type BaoServer, startBao } from './bao-server.js';
import { openRecipe, type Recipe, recipeFile } from './recipe.js';
import {
  type Attempt,
  type Issuing,
  OTHER_MEASUREMENT,
  type RunningService,
  startRunningService,
  WORKLOAD,
} from './service.js';
import { describeWith, packaged } from './tools.js';

const SECRET = 'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=';
const ROLE = 'llm-weights';
const FIRMWARE_WORKLOAD = 'llm-firmware';
const FIRMWARE_MEASUREMENT = Buffer.alloc(48, 0x3c);

interface RoleBody {
  readonly bound_claims: Readonly<Record<string, string | boolean | readonly string[]>>;
  readonly [member: string]: unknown;
}

/** The recipe's, about the tenant and the issuer that there are here. */
async function roleBody(): Promise<RoleBody> {
  const role: RoleBody = JSON.parse(await recipeFile('openbao', 'llm-weights.role.json'));
  return {
    ...role,
    bound_claims: { ...role.bound_claims, '/att/tenant': 'simulated', '/att/simulated': true },
  };
}

/** Something that the claim is not. */
function otherThan(bound: string | boolean | readonly string[]): string | boolean | readonly string[] {
  if (typeof bound === 'boolean') return !bound;
  return typeof bound === 'string' ? `not-${bound}` : bound.map((word) => `not-${word}`);
}

function errorsOf({ body }: BaoAnswer): string {
  return JSON.stringify(body.errors);
}

describeWith(packaged('bao'), 'OpenBao', (program) => {
  let service: RunningService;
  let stranger: RunningService;
  let bao: BaoServer;
  let recipe: Recipe;
  let role: RoleBody;
  const configured: Ended[] = [];

  beforeAll(async () => {
    [service, stranger] = await Promise.all([startRunningService(), startRunningService()]);
    const names = {
      'https://attest.example/t/acme': service.issuer,
      '"/att/tenant": "acme"': '"/att/tenant": "simulated"',
      '"/att/simulated": false': '"/att/simulated": true',
      '/run/assay/token': 'assay-token',
    };
    recipe = await openRecipe('openbao', names, program);
    bao = await startBao(program, recipe.folder);
    await writeFile(join(recipe.folder, 'weights.key'), SECRET);
    const operator = { ASSAY_SERVER: service.issuer, ASSAY_API_KEY: service.adminKey };
    configured.push(await recipe.run('At Assay', operator));
    configured.push(await recipe.run('At OpenBao', bao.environment));
    role = await roleBody();
    await service.create('/v1/audiences', { name: 'other', workloads: [WORKLOAD] });
    await stranger.create('/v1/audiences', { name: 'vault-prod', workloads: [WORKLOAD] });
    await service.create('/v1/workloads', { name: FIRMWARE_WORKLOAD });
    const versions = `/v1/workloads/${FIRMWARE_WORKLOAD}/reference-values`;
    await service.create(versions, { ...referenceBody(FIRMWARE_MEASUREMENT), covers: 'firmware' });
  }, 180_000);
  afterAll(async () => {
    await bao?.stop();
    await recipe?.remove();
    await service?.close();
    await stranger?.close();
  });

  const tokenOf = async (attempt: Attempt = {}, from = service): Promise<string> => {
    const { token, body } = await from.attest(attempt);
    if (token === '') throw new Error(`no token: ${JSON.stringify(body)}`);
    return token;
  };
  const login = (token: string, name = ROLE, mount = 'attested'): Promise<BaoAnswer> =>
    bao.post(`auth/${mount}/login`, { role: name, jwt: token });
  /** As the guest does it; anonymous, so that no right of the operator's helps. */
  const asGuest = async (token: string): Promise<Ended> => {
    await writeFile(join(recipe.folder, 'assay-token'), token);
    return recipe.run('In the guest', { BAO_ADDR: bao.url });
  };
  /** The recipe's role but for these members, under another name. */
  const writeRole = async (name: string, changes: object): Promise<void> => {
    const { status, body } = await bao.post(`auth/attested/role/${name}`, { ...role, ...changes });
    if (status !== 204 && status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
  };

  test('takes the configuration as printed', () => {
    expect(configured.map(({ code, err }) => ({ code, err }))).toEqual([
      { code: 0, err: '' },
      { code: 0, err: '' },
    ]);
  });

  test.each(['sev-snp', 'tdx'] as const)('releases the secret to a guest on %s', async (tee) => {
    expect(await asGuest(await tokenOf({ tee }))).toEqual({ code: 0, out: SECRET, err: '' });
  });

  test('gives a batch token of minutes that reads this one secret, with the policy of the role alone', async () => {
    const { status, body } = await login(await tokenOf());
    expect(status).toBe(200);
    expect(body.auth).toMatchObject({
      token_type: 'batch',
      lease_duration: 300,
      policies: [ROLE],
      renewable: false,
      metadata: { workload: WORKLOAD, role: ROLE },
    });
    const { client_token: held } = body.auth as { readonly client_token: string };
    const read = (path: string) =>
      fetch(`${bao.url}/v1/models/data/${path}`, { headers: { 'X-Vault-Token': held } });
    expect((await read('llm-serving/weights')).status).toBe(200);
    await bao.post('models/data/llm-training/weights', { data: { key: 'another' } });
    expect((await read('llm-training/weights')).status).toBe(403);
  });

  test('refuses a token for another audience', async () => {
    const answer = await login(await tokenOf({ audience: 'other' }));
    expect(answer.status).toBe(400);
    expect(errorsOf(answer)).toMatch(/audience/);
    expect(await asGuest(await tokenOf({ audience: 'other' }))).toMatchObject({ code: 2, out: '' });
  });

  test('refuses a token of another service that says the same of the same guest', async () => {
    const answer = await login(await tokenOf({}, stranger));
    expect(answer.status).toBe(400);
    expect(errorsOf(answer)).toMatch(/verifying token/);
  });

  test('refuses another tenant’s token: the mount of one tenant trusts no other', async () => {
    const onTheOther = { [service.issuer]: service.genuineIssuer, attested: 'other-tenant' };
    const { code } = await recipe.run('At OpenBao', bao.environment, {
      ...onTheOther,
      '-path=models': '-path=other-models',
      '-mount=models': '-mount=other-models',
    });
    expect(code).toBe(0);
    const token = await tokenOf();
    const answer = await login(token, ROLE, 'other-tenant');
    expect(answer.status).toBe(400);
    expect(errorsOf(answer)).toMatch(/verifying token/);
    expect((await login(token)).status).toBe(200);
  });

  describe('for a tenant of a service with two', () => {
    let acme: Issuing;
    let globex: Issuing;
    const MOUNT = 'attested-acme';
    const tokenAt = async ({ attest }: Issuing): Promise<string> => {
      const { token, body } = await attest();
      if (token === '') throw new Error(`no token: ${JSON.stringify(body)}`);
      return token;
    };

    beforeAll(async () => {
      [acme, globex] = [await service.tenant('acme'), await service.tenant('globex')];
      const operator = { ASSAY_SERVER: acme.issuer, ASSAY_API_KEY: acme.adminKey };
      expect(await recipe.run('At Assay', operator)).toMatchObject({ code: 0, err: '' });
      await globex.create('/v1/audiences', { name: 'vault-prod', workloads: [WORKLOAD] });
      const { code, err } = await recipe.run('At OpenBao', bao.environment, {
        ...{ [service.issuer]: acme.issuer, attested: MOUNT },
        ...{ '-path=models': '-path=acme-models', '-mount=models': '-mount=acme-models' },
      });
      expect([code, err]).toEqual([0, '']);
      const { bound_claims: bound } = JSON.parse(await recipeFile('openbao', 'llm-weights.role.json'));
      for (const [name, claims] of [
        [ROLE, { ...bound, '/att/simulated': true }],
        ['any-tenant', { ...bound, '/att/simulated': true, '/att/tenant': ['acme', 'globex'] }],
      ] as const) {
        await bao.post(`auth/${MOUNT}/role/${name}`, { ...role, bound_claims: claims });
      }
    }, 180_000);

    test('takes its token by the claims that are printed', async () => {
      expect((await login(await tokenAt(acme), ROLE, MOUNT)).status).toBe(200);
    });

    test('refuses the sibling’s genuine one, for the same audience and a workload of the same name', async () => {
      const [own, other] = [await tokenAt(acme), await tokenAt(globex)];
      const said = (token: string) => {
        const { aud, att, iss, sub } = decodeJwt<{ readonly att: JsonObject }>(token);
        return { aud, workload: att.workload, measurement: att.measurement, iss, sub };
      };
      expect(said(other)).toEqual({
        ...said(own),
        ...{ iss: globex.issuer, sub: `tenant:globex:workload:${WORKLOAD}` },
      });
      // By issuer and keys, whatever the role would take.
      for (const name of [ROLE, 'any-tenant']) {
        const answer = await login(other, name, MOUNT);
        expect([name, answer.status]).toEqual([name, 400]);
        expect(errorsOf(answer)).toMatch(/verifying token/);
        expect((await login(own, name, MOUNT)).status).toBe(200);
      }
    });
  });

  test('refuses what ended 10 s ago, which a role with more leeway takes', async () => {
    await writeRole('patient', { clock_skew_leeway: 3600 });
    const ended = await tokenOf({ offset: -310 });
    const answer = await login(ended);
    expect(answer.status).toBe(400);
    expect(errorsOf(answer)).toMatch(/expired/);
    expect((await login(ended, 'patient')).status).toBe(200);
  });

  test('keeps the leeway of the recipe; a role that says 0 has the usual one, and not none', async () => {
    await writeRole('usual-leeway', { clock_skew_leeway: 0 });
    const leewayOf = async (name: string) => {
      const { body } = await bao.get(`auth/attested/role/${name}`);
      return (body.data as JsonObject).clock_skew_leeway;
    };
    expect(await leewayOf(ROLE)).toBe(5);
    expect(await leewayOf('usual-leeway')).toBe(0);
    // Begins within the leeway, and comes nearer while this test takes its time.
    expect((await login(await tokenOf({ offset: 40 }), 'usual-leeway')).status).toBe(200);
    const answer = await login(await tokenOf({ offset: -400 }), 'usual-leeway');
    expect(answer.status).toBe(400);
    expect(errorsOf(answer)).toMatch(/expired/);
  });

  test('a measurement that nobody registered, or of another workload, gets no token to come with', async () => {
    const unknown = await service.attest({ measurement: Buffer.alloc(48, 0x77) });
    expect([unknown.status, unknown.body.code, unknown.token]).toEqual([403, 'measurement_not_allowed', '']);
    const other = await service.attest({ measurement: OTHER_MEASUREMENT });
    expect([other.status, other.token]).toEqual([403, '']);
  });

  test('each claim that the role binds stops a token that says otherwise', async () => {
    const token = await tokenOf();
    const claims = Object.entries(role.bound_claims);
    expect(claims.map(([claim]) => claim)).toContain('/att/tcb_status');
    for (const [claim, bound] of claims) {
      const name = `but-for-${claim.split('/').at(-1)}`;
      await writeRole(name, { bound_claims: { ...role.bound_claims, [claim]: otherThan(bound) } });
      const answer = await login(token, name);
      expect([claim, answer.status]).toEqual([claim, 400]);
      expect(errorsOf(answer)).toContain(claim);
    }
    expect((await login(token)).status).toBe(200);
  });

  test('the role as printed refuses simulated hardware', async () => {
    const printed = JSON.parse(await recipeFile('openbao', 'llm-weights.role.json'));
    const { '/att/simulated': simulated } = printed.bound_claims;
    await writeRole('as-printed', {
      bound_claims: { ...role.bound_claims, '/att/simulated': simulated },
    });
    const answer = await login(await tokenOf(), 'as-printed');
    expect(answer.status).toBe(400);
    expect(errorsOf(answer)).toContain('/att/simulated');
  });

  test('refuses a guest that earned a warning, where an audience lets one through', async () => {
    const bound = { ...role.bound_claims, '/att/workload': FIRMWARE_WORKLOAD };
    const bold = { name: 'bold', workloads: [FIRMWARE_WORKLOAD], minimum_status: 'warning' };
    await service.create('/v1/audiences', bold);
    const token = await tokenOf({ audience: 'bold', measurement: FIRMWARE_MEASUREMENT });
    await writeRole('careful', { bound_audiences: ['bold'], bound_claims: bound });
    await writeRole('careless', {
      bound_audiences: ['bold'],
      bound_claims: { ...bound, ear_status: 'warning' },
    });
    const answer = await login(token, 'careful');
    expect(answer.status).toBe(400);
    expect(errorsOf(answer)).toContain('ear_status');
    expect((await login(token, 'careless')).status).toBe(200);
  });
});
