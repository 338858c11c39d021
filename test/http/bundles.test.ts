/** Air gap: what one service exports, another imports without any network, and judges real evidence by. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type supertest from 'supertest';
import { sha256Hex } from '../../src/bytes/digest.js';
import { readArchive } from '../../src/endorsements/archive.js';
import type { ImportFile } from '../../src/endorsements/import.js';
import { type KeyHolder, makeKeyHolder, manifestOf, remade } from '../endorsements/bundle/world.js';
import { tableAs, withFloor } from '../tee/snp/bulletin-tables.js';
import { attestBody, importInto, prepare, register, tdAttestBody } from './guest.js';
import { startTestService, type TestService } from './service.js';

const BUNDLES = '/simulated/v1/endorsements/bundles';

let dir: string;
let outside: TestService;
let inside: TestService;
let curator: KeyHolder;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'assay-bundles-'));
  outside = await startTestService();
  await prepare(outside);
  curator = await makeKeyHolder();
  const { body } = await outside.get(`${BUNDLES}/jwks`, outside.adminKey).expect(200);
  const own = JSON.parse(curator.jwks.toString()) as { readonly keys: readonly object[] };
  await writeFile(join(dir, 'keys.json'), JSON.stringify({ keys: [...body.keys, ...own.keys] }));
  inside = await startTestService({ ASSAY_BUNDLE_KEYS: join(dir, 'keys.json') });
  await register(inside);
}, 120_000);
afterAll(async () => {
  await Promise.all([outside.close(), inside.close()]);
  await rm(dir, { recursive: true, force: true });
});

async function exported(body: object = {}): Promise<Buffer> {
  const reply = await outside
    .post(BUNDLES, body, outside.adminKey)
    .buffer(true)
    .parse(asBytes)
    .expect(200)
    .expect('Content-Type', 'application/x-tar');
  return reply.body;
}

function asBytes(reply: supertest.Response, done: (error: Error | null, body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  const stream = reply as unknown as NodeJS.ReadableStream;
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => done(null, Buffer.concat(chunks)));
}

const attest = async (service: TestService) =>
  service.post('/simulated/v1/attest', await attestBody(service));

describe('across an air gap', () => {
  test('a service that holds nothing is undecided, and after the import both TEEs get their tokens', async () => {
    expect((await attest(inside)).status).toBe(503);
    const { body } = await importInto(inside, await exported()).expect(200);
    expect(body.rejected).toEqual([]);
    expect(body.bundle).toMatchObject({
      issuer: 'http://localhost:8080/simulated',
      signature: 'trusted',
      key: expect.stringMatching(/^[\w-]{43}$/u),
    });
    expect((await attest(inside)).status).toBe(200);
    await inside.post('/simulated/v1/attest', await tdAttestBody(inside)).expect(200);
    const listed = await inside.get('/simulated/v1/endorsements', inside.adminKey).expect(200);
    expect(new Set(listed.body.items.map(({ source }: { source: string }) => source))).toEqual(
      new Set(['bundle']),
    );
    const again = await importInto(inside, await exported()).expect(200);
    expect(new Set(again.body.imported.map(({ state }: { state: string }) => state))).toEqual(
      new Set(['known']),
    );
  });

  test('one that was touched is refused in words, and keeps nothing', async () => {
    const archive = Buffer.from(await remade(await exported(), { files: (files) => files.slice(0, -1) }));
    const { body } = await importInto(inside, archive).expect(400);
    expect(body).toMatchObject({ code: 'request_invalid', detail: expect.stringMatching(/is missing/u) });
  });

  test('a service without keys takes what vendors signed and says what it did not take', async () => {
    const { body } = await importInto(outside, await exported()).expect(200);
    expect(body.bundle).toMatchObject({ signature: 'not_checked', key: null });
    expect(body.rejected).toEqual([
      {
        file: expect.stringMatching(/bulletins\.json$/u),
        code: 'request_invalid',
        why: expect.stringMatching(/No vendor signs/u),
      },
    ]);
  });
});

describe('the table of bulletins', () => {
  const archiveWith = async (table: Uint8Array): Promise<Buffer> => {
    const isTable = ({ path }: Pick<ImportFile, 'path'>) => path.endsWith('/bulletins.json');
    const archive = await remade(await exported(), {
      files: (files) => files.map((file) => (isTable(file) ? { ...file, bytes: table } : file)),
      manifest: (manifest) => ({
        ...manifest,
        entries: manifest.entries.map((entry) =>
          isTable(entry) ? { ...entry, sha256: sha256Hex(table) } : entry,
        ),
      }),
      signer: curator.signer,
    });
    return Buffer.from(archive);
  };

  test('judges from the import on, by the revision that its decisions name, and never gives way to an older one', async () => {
    const before = (await attest(inside)).body;
    const recorded = await inside
      .get(`/simulated/v1/decisions/${before.decision}`, inside.adminKey)
      .expect(200);
    expect(recorded.body.tcb.source).toBe('assay-amd-bulletins@2026-11');

    const lintedAs = async (name: string) => {
      const document = { common: { denied_advisories: ['AMD-SB-9999'] } };
      const path = '/simulated/v1/policies';
      return (await inside.post(path, { name, document }, inside.adminKey).expect(201)).body.warnings;
    };
    expect(await lintedAs('before-it')).toMatchObject([{ path: 'common.denied_advisories.0' }]);

    const newer = tableAs('2026-11.1', { bulletins: withFloor('AMD-SB-9999', '0xff') });
    const { body } = await importInto(inside, await archiveWith(newer)).expect(200);
    expect(body.rejected).toEqual([]);
    expect(body.imported).toContainEqual({
      kind: 'snp-bulletins',
      sha256: sha256Hex(newer),
      state: 'current',
    });
    expect(await lintedAs('behind-it')).toEqual([]);
    const denied = await attest(inside);
    expect({ status: denied.status, code: denied.body.code }).toEqual({
      status: 403,
      code: 'snp_tcb_status_not_accepted',
    });
    const { body: page } = await inside.get('/simulated/v1/decisions', inside.adminKey).expect(200);
    const decision = page.items.find(({ status }: { status: string }) => status === 'contraindicated');
    expect(decision.tcb).toMatchObject({
      status: 'OutOfDate',
      source: 'assay-amd-bulletins@2026-11.1',
      advisories: expect.arrayContaining(['AMD-SB-9999']),
    });
    expect(decision.endorsements).toContainEqual(
      expect.objectContaining({ kind: 'snp-bulletins', sha256: sha256Hex(newer) }),
    );

    const older = await importInto(inside, await archiveWith(tableAs('2026-10'))).expect(200);
    expect(older.body.imported).toContainEqual(
      expect.objectContaining({ kind: 'snp-bulletins', state: 'past' }),
    );
    expect((await attest(inside)).status).toBe(403);
    const lifted = await importInto(inside, await archiveWith(tableAs('2026-11.2'))).expect(200);
    expect(lifted.body.rejected).toEqual([]);
    expect((await attest(inside)).status).toBe(200);
  });

  test('of another form is rejected with the place, and the rest of the bundle is kept', async () => {
    const broken = tableAs('2026-11.3', { processors: {} });
    const { body } = await importInto(inside, await archiveWith(broken)).expect(200);
    expect(body.rejected).toEqual([
      {
        file: expect.stringMatching(/bulletins\.json$/u),
        code: 'collateral_malformed',
        why: expect.stringMatching(/is no known processor/u),
      },
    ]);
    expect(body.imported.length).toBeGreaterThan(10);
    expect((await attest(inside)).status).toBe(200);
  });

  test('leaves with the newest revision that the service has', async () => {
    const reply = await inside
      .post(BUNDLES, { kinds: ['snp-bulletins'] }, inside.adminKey)
      .buffer(true)
      .parse(asBytes)
      .expect(200);
    expect((await manifestOf(reply.body)).entries).toHaveLength(1);
    const files = await readArchive(reply.body);
    const table = files.find(({ path }) => path.endsWith('/bulletins.json'));
    expect(JSON.parse(Buffer.from(table?.bytes ?? []).toString()).revision).toBe('2026-11.2');
  });
});

describe('who may export', () => {
  test('an admin of the built-in tenant, who also gets the public keys', async () => {
    await outside.post(BUNDLES, {}).expect(401);
    await outside.get(`${BUNDLES}/jwks`).expect(401);
    await outside.post(BUNDLES, { everything: true }, outside.adminKey).expect(400);
    const { body } = await outside.get(`${BUNDLES}/jwks`, outside.adminKey).expect(200);
    const tokens = await outside.get('/simulated/.well-known/jwks.json').expect(200);
    const kids = (set: { keys: readonly { kid: string; d?: string }[] }) => set.keys.map(({ kid }) => kid);
    expect(kids(body)).toHaveLength(1);
    expect(kids(tokens.body)).not.toContain(kids(body)[0]);
    expect(body.keys[0].d).toBeUndefined();
    const genuine = await outside.get('/v1/endorsements/bundles/jwks', outside.adminKey).expect(200);
    expect(kids(genuine.body)).not.toEqual(kids(body));
  });

  test('a file of keys that is none keeps the service from starting, in words', async () => {
    await writeFile(join(dir, 'nothing.json'), '{"keys":[]}');
    await expect(startTestService({ ASSAY_BUNDLE_KEYS: join(dir, 'nothing.json') })).rejects.toThrow(
      /ASSAY_BUNDLE_KEYS names .*nothing\.json, which holds no key/u,
    );
  });
});
