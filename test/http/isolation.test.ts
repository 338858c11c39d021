/** Two tenants on one service, and the two that are built in: nothing of one is accepted by another or told there, route by route. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { createTokenVerifier } from '../../src/client/index.js';
import { parametersOf, type Route } from '../../src/http/route.js';
import { ROUTES } from '../../src/http/routes.js';
import { SIMULATED_AT } from '../simulated-vendor.js';
import { intelArchive, listsArchive } from './guest.js';
import { TRIED } from './isolation/attempts.js';
import { type Belongings, measurementOf, nobodyLike } from './isolation/belongings.js';
import { requestText, send } from './isolation/exchange.js';
import { type Door, fill, tokenFor } from './isolation/filling.js';
import { ISSUER, simulatedAnchors, startTestService, type TestService } from './service.js';

/** Like no word of the API’s description and its examples. */
const NAMES = ['acme-7q', 'globex-7q', 'default', 'simulated'] as const;
type Name = (typeof NAMES)[number];
const WORDS: Readonly<Record<Name, string>> = {
  ...{
    'acme-7q': 'quillfeather',
    'globex-7q': 'brasslantern',
    default: 'oatmealcairn',
    simulated: 'velvetgasket',
  },
};
/** Whose things are tried, and where. */
const PAIRS: readonly (readonly [Name, Name])[] = [
  ...([
    ['acme-7q', 'globex-7q'],
    ['globex-7q', 'acme-7q'],
  ] as const),
  ...([
    ['acme-7q', 'default'],
    ['default', 'acme-7q'],
  ] as const),
  ...([
    ['acme-7q', 'simulated'],
    ['simulated', 'acme-7q'],
  ] as const),
];

let service: TestService;
const all = new Map<Name, Belongings>();
const of = (name: Name): Belongings => {
  const found = all.get(name);
  if (found === undefined) throw new Error(`${name} is not filled`);
  return found;
};

async function doorOf(name: Name): Promise<Door> {
  const built = { tenant: name, word: WORDS[name] };
  if (name === 'default') return { ...built, path: '', adminKey: service.adminKey };
  if (name === 'simulated') return { ...built, path: '/simulated', adminKey: service.adminKey };
  const { body } = await service.post('/v1/tenants', { name }, service.adminKey).expect(201);
  return { ...built, path: `/t/${name}`, adminKey: body.admin_key.key };
}

beforeAll(async () => {
  service = await startTestService({}, { genuineAnchors: await simulatedAnchors() });
  for (const path of ['', '/simulated']) {
    for (const archive of [await listsArchive(), await intelArchive()]) {
      await service
        .post(`${path}/v1/endorsements/import`, undefined, service.adminKey)
        .set('Content-Type', 'application/x-tar')
        .send(archive)
        .expect(200);
    }
  }
  for (const name of NAMES) all.set(name, await fill(service, await doorOf(name)));
});
afterAll(() => service.close());

test('every route is tried, and nothing is tried that is no route', () => {
  expect(Object.keys(TRIED).sort()).toEqual(ROUTES.map(({ id }) => id).sort());
});

/** The same of a tenant that must not have changed. */
async function stateOf({ path, words }: Belongings): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const part of [
    ...['tenant', 'workloads', 'audiences', 'policies', 'platforms', 'api-keys', 'keys', 'decisions'],
    ...[`workloads/${words.workload}/reference-values`, `policies/${words.policy}/versions`],
  ]) {
    texts.push((await service.get(`${path}/v1/${part}`, words.apiKey).expect(200)).text);
  }
  return texts;
}

describe.each(PAIRS)('what is %s’s, under the issuer of %s', (from, to) => {
  let nobody: Belongings;
  let before: readonly string[];
  beforeAll(async () => {
    // No position in a list of theirs is at an instant of the other’s.
    service.clock.advance(1);
    nobody = await nobodyLike(of(from));
    before = await stateOf(of(from));
  });
  const first = ROUTES.filter(({ id }) => TRIED[id]?.writes !== true);
  const last = ROUTES.filter((route) => !first.includes(route));

  test.each([...first, ...last].map((route) => [route.id, route] as const))('%s', async (id, route) => {
    const [theirs, at] = [of(from), of(to)];
    const [tried, decoys] = [
      await TRIED[id]?.of({ service, theirs, at }),
      await TRIED[id]?.of({ service, theirs: nobody, at }),
    ];
    expect(tried?.length).toBeGreaterThan(0);
    for (const [index, attempt] of (tried ?? []).entries()) {
      const outcome = await send({ service, at }, { route, attempt }, theirs);
      // The operator of the service is shown that a tenant is there, under its own issuer alone.
      const shown = to === 'default' && route.path.startsWith('/v1/tenants') ? ['issuer', 'tenant'] : [];
      expect([attempt.path, outcome.leaked.filter((word) => !shown.includes(word))]).toEqual([
        attempt.path,
        [],
      ]);
      const decoy = decoys?.[index];
      if (decoy === undefined || requestText(decoy) === requestText(attempt)) continue;
      const other = await send({ service, at }, { route, attempt: decoy }, nobody);
      expect([outcome.status, outcome.told]).toEqual([other.status, other.told]);
    }
  });

  test('a key opens no route', async () => {
    const [theirs, at] = [of(from), of(to)];
    const refusedBy = async (route: Route, key: string) => {
      const path = parametersOf(route.path).reduce(
        (sofar, name) => sofar.replace(`{${name}}`, 'x'),
        route.path,
      );
      const { status, body } = await service.send(
        ...([route.method, `${at.path}${path}`, route.method === 'get' ? undefined : {}, key] as const),
      );
      return { route: route.id, status, code: body.code, detail: body.detail };
    };
    const guarded = ROUTES.filter(({ access }) => access !== 'anybody');
    expect(guarded.length).toBeGreaterThan(40);
    for (const route of guarded) {
      const refused = await refusedBy(route, theirs.words.apiKey);
      expect(refused).toEqual(await refusedBy(route, nobody.words.apiKey));
      const absent = route.wholeService === true && to !== 'default';
      expect([route.id, refused.status]).toEqual([route.id, absent ? 404 : 401]);
    }
  });

  test('what was tried has changed nothing of theirs', async () => {
    expect(await stateOf(of(from))).toEqual(before);
  });

  test('a token convinces nobody who trusts the other', async () => {
    const [theirs, at] = [of(from), of(to)];
    const keysOf = async ({ path }: Belongings) =>
      createLocalJWKSet((await service.get(`${path}/.well-known/jwks.json`).expect(200)).body);
    const { audience } = theirs.words;
    const { token } = await tokenFor(service, {
      ...{ path: theirs.path, issuer: theirs.issuer, audience, holder: theirs.holder },
      measurement: measurementOf(theirs),
    });
    const currentDate = service.clock.now();
    const told = { issuer: theirs.issuer, audience, currentDate };
    await jwtVerify(token, await keysOf(theirs), told);
    await expect(jwtVerify(token, await keysOf(at), told)).rejects.toThrow(/no applicable key/);
    const others = { ...told, issuer: at.issuer };
    await expect(jwtVerify(token, await keysOf(theirs), others)).rejects.toThrow(/"iss"/);

    const verifierOf = ({ issuer }: Belongings) =>
      createTokenVerifier({
        ...{ issuer, audience, allowBearer: true, allowSimulated: true, now: service.clock.now },
        fetch: async (input) => {
          const { status, text } = await service.get(new URL(String(input)).pathname);
          return new Response(text, { status });
        },
      });
    const presentation = { provenThumbprint: theirs.words.thumbprint };
    const verified = await verifierOf(theirs).verify(token, presentation);
    expect(verified.issuer).toBe(theirs.issuer);
    const refused = verifierOf(at).verify(token, presentation);
    await expect(refused).rejects.toMatchObject({ code: 'token_key_unknown' });
  });
});

test('the clock went on, and every issuer is where it was said to be', () => {
  expect(service.clock.now().getTime()).toBeGreaterThan(SIMULATED_AT.getTime());
  expect(NAMES.map((name) => of(name).issuer)).toEqual([
    ...[`${ISSUER}/t/acme-7q`, `${ISSUER}/t/globex-7q`, ISSUER, `${ISSUER}/simulated`],
  ]);
});
