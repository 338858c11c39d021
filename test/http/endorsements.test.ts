/** Vendor documents over HTTP: what import keeps, what it calls current, and which generation a verdict rests on. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/rats/result.js';
import {
  intelFiles,
  mintIntel,
  SIMULATED_FMSPCS,
  type SimulatedIntel,
  type TcbInfoPlan,
} from '../../src/simulator/index.js';
import { chainOf, mintAuthority, planAuthority } from '../../src/simulator/intel/authorities.js';
import { makeEcKey } from '../../src/simulator/key-pair.js';
import { SIMULATED_AT, simulatedIntel } from '../simulated-vendor.js';
import {
  attestBody,
  evidenceOf,
  guestWith,
  importInto,
  intelArchive,
  listsArchive,
  register,
  tdAttestBody,
  tdWith,
} from './guest.js';
import { startTestService, type TestService, tarOf } from './service.js';

const DAY = 86_400_000;
const [FMSPC, OTHER_FMSPC] = SIMULATED_FMSPCS;

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  await register(service);
});
afterAll(() => service.close());

interface Listed {
  readonly kind: string;
  readonly subject: string;
  readonly state: string;
  readonly sequence: string | null;
  readonly issued_at: string;
  readonly source: string;
}

async function listed(kind: string): Promise<readonly Listed[]> {
  const { body } = await service.get('/simulated/v1/endorsements', service.adminKey).expect(200);
  return body.items.filter((item: Listed) => item.kind === kind);
}

describe('import', () => {
  test('keeps what is good, names what is not, ignores the rest', async () => {
    const revoking = await guestWith(Buffer.alloc(64), { fault: 'snp_crl_signature_invalid' });
    const archive = await tarOf({
      'amd/vcek_crl.der': revoking.crls.vcek ?? Buffer.alloc(0),
      'vcek_crl.der': Buffer.from('not a list'),
      'notes.txt': 'ignored',
    });
    const { body } = await importInto(service, archive).expect(200);
    expect(body.imported).toEqual([]);
    expect(body.rejected.map((one: { file: string }) => one.file)).toEqual([
      'amd/vcek_crl.der',
      'vcek_crl.der',
    ]);
    const fresh = await importInto(service, await listsArchive()).expect(200);
    expect(statesOf(fresh.body)).toEqual(['current']);
    const known = await importInto(service, await listsArchive()).expect(200);
    expect(statesOf(known.body)).toEqual(['known']);
    expect(await listed('snp-vcek-crl')).toContainEqual(
      expect.objectContaining({ state: 'current', source: 'import' }),
    );
    const genuine = await service.get('/v1/endorsements', service.adminKey).expect(200);
    expect(genuine.body.items).toEqual([]);
  });

  test('is listed page by page, and by generation', async () => {
    await importInto(service, await listsArchive()).expect(200);
    await importInto(service, await intelArchive()).expect(200);
    const pages = async (query: string): Promise<readonly string[]> => {
      const digests: string[] = [];
      let cursor: string | null = null;
      do {
        const path: string = `/simulated/v1/endorsements?limit=2${query}${cursor === null ? '' : `&cursor=${cursor}`}`;
        const { body } = await service.get(path, service.adminKey).expect(200);
        expect(body.items.length).toBeLessThanOrEqual(2);
        digests.push(...body.items.map((item: { sha256: string }) => item.sha256));
        cursor = body.next_cursor;
      } while (cursor !== null);
      return digests;
    };
    const { body } = await service.get('/simulated/v1/endorsements?limit=200', service.adminKey).expect(200);
    const digestsOf = (wanted: string[]) =>
      body.items
        .filter((item: Listed) => wanted.includes(item.state))
        .map((item: { sha256: string }) => item.sha256);
    expect(body.items.length).toBeGreaterThan(4);
    expect(await pages('')).toEqual(digestsOf(['current', 'past']));
    expect(await pages('&state=current')).toEqual(digestsOf(['current']));
    expect(await pages('&state=past')).toEqual(digestsOf(['past']));
    for (const [query, code] of [
      ['?state=old', 'request_invalid'],
      ['?limit=0', 'request_invalid'],
      ['?cursor=x', 'request_invalid'],
      ['?kind=x', 'member_unknown'],
    ]) {
      const refused = await service.get(`/simulated/v1/endorsements${query}`, service.adminKey).expect(400);
      expect([query, refused.body.code]).toEqual([query, code]);
    }
  });

  test('refuses an archive that is none, or asks for a track that does not exist', async () => {
    for (const reply of [
      await importInto(service, Buffer.from('not a tar')),
      await importInto(service, Buffer.alloc(0)),
      await importInto(service, await tarOf({ '../vcek_crl.der': 'x' })),
      await importInto(service, await listsArchive(), '?track=late'),
    ]) {
      expect(reply.body.code).toBe('request_invalid');
    }
  });

  test('reads the documents of several directories, each with the chain beside it', async () => {
    const { body } = await importInto(service, await intelArchive()).expect(200);
    expect(body.rejected).toEqual([]);
    expect(subjectsOf(await listed('tdx-tcb-info'))).toEqual([
      `${FMSPC}/standard current`,
      `${OTHER_FMSPC}/standard current`,
    ]);
    expect(subjectsOf(await listed('tdx-qe-identity'))).toEqual(['standard current']);
    expect(subjectsOf(await listed('tdx-pck-crl'))).toEqual(['platform current', 'processor current']);
    expect(subjectsOf(await listed('tdx-pck-ca'))).toEqual(['platform current', 'processor current']);
    expect(subjectsOf(await listed('tdx-root-crl'))).toEqual(['intel current']);
    expect(subjectsOf(await listed('tdx-tcb-signing'))).toEqual(['intel current']);
    await expectToken();
  });

  test('rejects a file beside good ones, and what a document alone would need', async () => {
    const [genuine, lookalike] = [await simulatedIntel(), await mintIntel({ at: SIMULATED_AT })];
    const at = new Date(SIMULATED_AT.getTime() - 3 * DAY);
    const good = await directoryOf(genuine, at);
    const bad = await directoryOf(lookalike, at);
    const { body } = await importInto(
      service,
      await tarOf({
        'good/tcb_info.json': good('tcb_info.json'),
        'good/tcb_signing_chain.pem': good('tcb_signing_chain.pem'),
        // Signed by a vendor of the same names; once with its own chain, once with the genuine one.
        'bad/tcb_info.json': bad('tcb_info.json'),
        'bad/tcb_signing_chain.pem': bad('tcb_signing_chain.pem'),
        'bad/root_ca_crl.der': bad('root_ca_crl.der'),
        'mixed/qe_identity.json': bad('qe_identity.json'),
        'mixed/tcb_signing_chain.pem': good('tcb_signing_chain.pem'),
        'alone/qe_identity.json': good('qe_identity.json'),
        'alone/pck_crl.der': good('pck_crl.der'),
        'broken/tcb_info.json': good('tcb_info.json').subarray(1),
      }),
    ).expect(200);
    expect(body.rejected).toEqual([
      { file: 'bad/tcb_info.json', code: 'tdx_tcb_info_signature_invalid' },
      { file: 'bad/tcb_signing_chain.pem', code: 'tdx_tcb_info_signature_invalid' },
      { file: 'bad/root_ca_crl.der', code: 'tdx_crl_signature_invalid' },
      { file: 'mixed/qe_identity.json', code: 'tdx_qe_identity_signature_invalid' },
      { file: 'alone/qe_identity.json', code: 'tdx_qe_identity_signature_invalid' },
      { file: 'alone/pck_crl.der', code: 'tdx_crl_signature_invalid' },
      { file: 'broken/tcb_info.json', code: 'collateral_malformed' },
    ]);
    expect(body.imported.map(({ kind, state }: Listed) => `${kind} ${state}`)).toEqual([
      'tdx-tcb-signing known',
      'tdx-tcb-info past',
      'tdx-tcb-signing known',
      'tdx-tcb-signing known',
    ]);
    await expectToken();
  });

  test('leaves the documents of the other vendor as they were', async () => {
    const { body } = await service.post('/simulated/v1/attest', await attestBody(service)).expect(200);
    expect(body.reference_version).toBe(1);
  });
});

describe('the early track', () => {
  test('is kept beside the standard one and changes no verdict', async () => {
    // In the early documents, what is UpToDate today has fallen behind.
    const early = await tcbInfo({ evaluationNumber: 19, levels: fallenBehind });
    const before = subjectsOf(await listed('tdx-tcb-info'));
    const { body } = await importInto(service, early, '?track=early').expect(200);
    expect(body.rejected).toEqual([]);
    expect(infoStateIn(body)).toBe('current');
    expect(subjectsOf(await listed('tdx-tcb-info'))).toEqual([...before, `${FMSPC}/early current`].sort());
    await expectToken();
  });
});

describe('older_issue_date_after_newer_refused: an older document', () => {
  test('of a lower evaluation is past, whenever it was issued', async () => {
    const issueDate = new Date(SIMULATED_AT.getTime() - 600_000);
    const older = await tcbInfo({ issueDate, evaluationNumber: 17, levels: hardened });
    const { body } = await importInto(service, older).expect(200);
    expect(infoStateIn(body)).toBe('past');
    await expectToken();
    // For a past instant the one issued last before it counts, as it would have then.
    expect(await appraised(new Date(SIMULATED_AT.getTime() - 60_000))).toBe('SWHardeningNeeded');
    expect(await appraised(new Date(SIMULATED_AT.getTime() - 1_800_000))).toBe('UpToDate');
  });

  test('of the same evaluation, issued earlier, is past and judges the past alone', async () => {
    const before = new Date(SIMULATED_AT.getTime() - 20 * DAY);
    // Everything that the instant needs, one generation back.
    await importInto(service, await intelArchive(before)).expect(200);
    const older = await tcbInfo({
      issueDate: new Date(before.getTime() + DAY),
      nextUpdate: new Date(before.getTime() + 29 * DAY),
      levels: fallenBehind,
    });
    const { body } = await importInto(service, older).expect(200);
    expect(infoStateIn(body)).toBe('past');
    const generations = (await listed('tdx-tcb-info')).filter(
      ({ subject }) => subject === `${FMSPC}/standard`,
    );
    const current = generations.filter(({ state }) => state === 'current');
    expect(current).toMatchObject([{ sequence: '18' }]);
    expect(generations.length).toBeGreaterThan(1);
    await expectToken();
    expect(await appraised(new Date(before.getTime() + DAY / 2))).toBe('UpToDate');
    expect(await appraised(new Date(before.getTime() + 2 * DAY))).toBe('OutOfDate');
    expect(await appraised(null)).toBe('UpToDate');
  });

  test('never takes the place of a newer one by coming again', async () => {
    const again = await tcbInfo({ evaluationNumber: 16, levels: hardened });
    expect(infoStateIn((await importInto(service, again).expect(200)).body)).toBe('past');
    expect(infoStateIn((await importInto(service, again).expect(200)).body)).toBe('known');
    await expectToken();
  });
});

describe('a signing certificate of a new key', () => {
  test('that came with older documents takes nothing from the ones that count', async () => {
    const { authorities } = await simulatedIntel();
    const key = await makeEcKey('P-256');
    const plan = planAuthority('tcbSigning', key, authorities.root.key, SIMULATED_AT);
    const notBefore = new Date(SIMULATED_AT.getTime() - 3 * 3_600_000);
    const { certificate } = await mintAuthority({ ...plan, notBefore });
    const { documents } = await tdWith(Buffer.alloc(64), {
      changes: {
        tcbInfo: (info) => ({ ...info, signingKey: key, evaluationNumber: 17 }),
        qeIdentity: (identity) => ({ ...identity, signingKey: key, evaluationNumber: 17 }),
      },
    });
    const older = await tarOf({
      'intel/tcb_info.json': documents.tcbInfo ?? '',
      'intel/qe_identity.json': documents.qeIdentity ?? '',
      'intel/tcb_signing_chain.pem': chainOf(certificate, authorities.root.certificate),
    });
    const { body } = await importInto(service, older).expect(200);
    expect([body.rejected, infoStateIn(body)]).toEqual([[], 'past']);
    expect(await listed('tdx-tcb-signing')).toHaveLength(2);
    await expectToken();
  });
});

describe('a newer document', () => {
  test('judges from the moment it is imported', async () => {
    const newer = await tcbInfo({ evaluationNumber: 20, levels: fallenBehind });
    expect(infoStateIn((await importInto(service, newer).expect(200)).body)).toBe('current');
    const denied = await service.post('/simulated/v1/attest', await tdAttestBody(service));
    expect({ status: denied.status, code: denied.body.code }).toEqual({
      status: 403,
      code: 'tdx_tcb_status_not_accepted',
    });
    // The early one of this family said so all along, and still nobody asked it about the other.
    await service
      .post('/simulated/v1/attest', await tdAttestBody(service, {}, { fmspc: OTHER_FMSPC }))
      .expect(200);
  });
});

type Levels = TcbInfoPlan['levels'];

/** What was UpToDate is OutOfDate, or needs software hardening. */
const fallenBehind = (levels: Levels): Levels => withFirst(levels, 'OutOfDate');
const hardened = (levels: Levels): Levels => withFirst(levels, 'SWHardeningNeeded');

function withFirst(levels: Levels, status: string): Levels {
  return levels.map((level, index) => (index === 0 ? { ...level, status } : level));
}

/** An archive with TCB info of the first family that differs from the vendor’s own, and its chain. */
async function tcbInfo({
  levels,
  ...members
}: Partial<Omit<TcbInfoPlan, 'levels'>> & {
  readonly levels: (levels: Levels) => Levels;
}): Promise<Buffer> {
  const { documents } = await tdWith(Buffer.alloc(64), {
    changes: { tcbInfo: (plan) => ({ ...plan, ...members, levels: levels(plan.levels) }) },
  });
  return tarOf({
    'intel/tcb_info.json': documents.tcbInfo ?? '',
    'intel/tcb_signing_chain.pem': documents.tcbSigningChain ?? '',
  });
}

/** The directory of the first family and the Platform CA, by file name. */
async function directoryOf(intel: SimulatedIntel, at: Date): Promise<(name: string) => Uint8Array> {
  const files = await intelFiles(intel, at);
  return (name) => {
    const file = files.find(({ path }) => path === `${FMSPC}/platform/${name}`);
    if (file === undefined) throw new TypeError(`no ${name}`);
    return file.bytes;
  };
}

async function expectToken(): Promise<void> {
  const reply = await service.post('/simulated/v1/attest', await tdAttestBody(service));
  expect({ status: reply.status, code: reply.body.code }).toEqual({ status: 200, code: undefined });
}

/** Status of the TCB of a healthy TD, now (null) or at the instant. */
async function appraised(at: Date | null): Promise<string | undefined> {
  const body: JsonObject = {
    evidence: evidenceOf(await tdWith(Buffer.alloc(64, 7))),
    report_data: '07'.repeat(64),
    ...(at === null ? {} : { at: at.toISOString() }),
  };
  const reply = await service.post('/simulated/v1/appraise', body, service.adminKey).expect(200);
  expect(reply.body).toMatchObject({ authentic: true, at: (at ?? SIMULATED_AT).toISOString() });
  return reply.body.tcb.status;
}

/** What became of the TCB info in an archive. */
function infoStateIn({ imported }: { readonly imported: readonly Listed[] }): string | undefined {
  return imported.find(({ kind }) => kind === 'tdx-tcb-info')?.state;
}

function statesOf({ imported }: { readonly imported: readonly Listed[] }): readonly string[] {
  return [...new Set(imported.map(({ state }) => state))];
}

function subjectsOf(documents: readonly Listed[]): readonly string[] {
  return documents.map(({ subject, state }) => `${subject} ${state}`).sort();
}
