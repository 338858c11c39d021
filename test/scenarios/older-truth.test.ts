/**
 * Whoever would rather be judged by last month's documents, which still hold: a host that sends them along, an archive that
 * somebody talked an operator into, a vendor that serves them. Documents and clock are those of the miniature vendors.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/rats/result.js';
import { SIMULATED_FMSPCS, startVendorService, type VendorService } from '../../src/simulator/index.js';
import {
  attestBody,
  evidenceOf,
  guestWith,
  importInto,
  register,
  tdAttestBody,
  tdWith,
} from '../http/guest.js';
import { startTestService, type TestService, tarOf } from '../http/service.js';
import { SIMULATED_AT, simulatedIntel, simulatedVendor } from '../simulated-vendor.js';

const HOUR = 3600;
const DAY = 24 * HOUR;
/** Days between the documents that are kept back and those that are stored; lists of 30 days still hold. */
const AGE = 20;
const PATH = '/simulated/v1/endorsements';
const ATTEST = '/simulated/v1/attest';
const REPORT_DATA = Buffer.alloc(64, 7);
const [FMSPC] = SIMULATED_FMSPCS;

interface Case {
  readonly kind: string;
  readonly subject: string;
  /** Whose evidence is judged by it. */
  readonly tee: 'snp' | 'snp-vlek' | 'tdx';
  readonly at: string;
  readonly file: string;
  /** Header with its issuers, and the file of the layout that they are. */
  readonly chain: readonly [string, string] | null;
}

const DOCUMENTS: readonly Case[] = [
  {
    kind: 'snp-vcek-crl',
    subject: 'Milan',
    tee: 'snp',
    at: '/vcek/v1/Milan/crl',
    file: 'vcek_crl.der',
    chain: null,
  },
  {
    kind: 'snp-vlek-crl',
    subject: 'Milan',
    tee: 'snp-vlek',
    at: '/vlek/v1/Milan/crl',
    file: 'vlek_crl.der',
    chain: null,
  },
  {
    kind: 'tdx-tcb-info',
    subject: `${FMSPC}/standard`,
    tee: 'tdx',
    at: `/tdx/certification/v4/tcb?fmspc=${FMSPC}`,
    file: 'tcb_info.json',
    chain: ['TCB-Info-Issuer-Chain', 'tcb_signing_chain.pem'],
  },
  {
    kind: 'tdx-qe-identity',
    subject: 'standard',
    tee: 'tdx',
    at: '/tdx/certification/v4/qe/identity',
    file: 'qe_identity.json',
    chain: ['SGX-Enclave-Identity-Issuer-Chain', 'tcb_signing_chain.pem'],
  },
  {
    kind: 'tdx-pck-crl',
    subject: 'platform',
    tee: 'tdx',
    at: '/sgx/certification/v4/pckcrl?ca=platform&encoding=der',
    file: 'pck_crl.der',
    chain: ['SGX-PCK-CRL-Issuer-Chain', 'pck_crl_issuer_chain.pem'],
  },
  {
    kind: 'tdx-root-crl',
    subject: 'intel',
    tee: 'tdx',
    at: '/IntelSGXRootCA.der',
    file: 'root_ca_crl.der',
    chain: null,
  },
];

/** A document as its vendor gave it once. */
interface Old {
  readonly bytes: Buffer;
  /** PEM; null: it has none. */
  readonly chain: Buffer | null;
}

interface Item {
  readonly kind: string;
  readonly subject: string;
  readonly sha256: string;
  readonly state: string;
  readonly issued_at: string;
  readonly last_error: string | null;
}

let vendors: VendorService;
let service: TestService;
const kept = new Map<string, Old>();

beforeAll(async () => {
  const vendor = { amd: await simulatedVendor(), intel: await simulatedIntel() };
  const clock = { now: () => service?.clock.now() ?? SIMULATED_AT };
  vendors = await startVendorService({ vendor, clock });
  service = await startTestService({
    ASSAY_VENDOR_FETCH: 'on',
    ASSAY_SIMULATED_VENDOR_URL: vendors.url,
  });
  await register(service);
  daysOn(1);
  for (const document of DOCUMENTS) kept.set(document.kind, await takeFrom(document));
  daysOn(1 + AGE);
  for (const tee of ['snp', 'snp-vlek', 'tdx'] as const) {
    expect(await judged(tee, await evidence(tee))).toMatchObject({ authentic: true });
  }
}, 120_000);
afterAll(async () => {
  await service.close();
  await vendors.close();
});

function daysOn(days: number): void {
  service.clock.set(new Date(SIMULATED_AT.getTime() + days * DAY * 1000));
}

/** From the vendor itself, as anybody may who keeps it for later. */
async function takeFrom({ at, chain }: Case): Promise<Old> {
  const response = await fetch(`${vendors.url}${at}`);
  expect(response.status).toBe(200);
  const header = chain === null ? null : response.headers.get(chain[0]);
  return {
    bytes: Buffer.from(await response.arrayBuffer()),
    chain: header === null ? null : Buffer.from(decodeURIComponent(header), 'utf8'),
  };
}

function oldOf({ kind }: Case): Old {
  const old = kept.get(kind);
  if (old === undefined) throw new Error(`nobody kept ${kind}`);
  return old;
}

async function evidence(tee: Case['tee'], reportData: Uint8Array = REPORT_DATA): Promise<JsonObject> {
  const at = service.clock.now();
  if (tee === 'tdx') return evidenceOf(await tdWith(reportData, { at }));
  return evidenceOf(await guestWith(reportData, { at, signingKey: tee === 'snp' ? 'VCEK' : 'VLEK' }));
}

/** The verdict, with the digests of what it rests on. */
async function judged(tee: Case['tee'], given: JsonObject) {
  const body = { evidence: given, report_data: REPORT_DATA.toString('hex') };
  const reply = await service.post('/simulated/v1/appraise', body, service.adminKey);
  const endorsements: readonly Item[] = reply.body.endorsements ?? [];
  return {
    tee,
    status: reply.status,
    authentic: reply.body.authentic === true,
    code: reply.body.code,
    digests: endorsements.map(({ sha256 }) => sha256),
  };
}

/** Evidence with the old document wherever a host may put bytes of its own. */
function smuggled(honest: JsonObject, { bytes, chain }: Old): readonly JsonObject[] {
  const cpu = honest.cpu as JsonObject;
  const certificates = cpu.certificates as readonly string[];
  const more = [bytes, ...(chain === null ? [] : [chain])].map((blob) => blob.toString('base64'));
  return [
    { cpu: { ...cpu, certificates: [...certificates, ...more] } },
    { cpu: { ...cpu, certificates: [...more, ...certificates] } },
    { cpu: { ...cpu, certificates: more } },
    { cpu: { ...cpu, event_log: bytes.toString('base64') } },
  ];
}

async function items(): Promise<readonly Item[]> {
  return (await service.get(PATH, service.adminKey).expect(200)).body.items;
}

async function current({ kind, subject }: Case): Promise<Item> {
  const found = (await items()).find(
    (item) => item.kind === kind && item.subject === subject && item.state === 'current',
  );
  if (found === undefined) throw new Error(`${kind} ${subject} is not stored`);
  return found;
}

async function importOld(document: Case): Promise<readonly string[]> {
  const { bytes, chain } = oldOf(document);
  const beside = document.chain === null || chain === null ? {} : { [document.chain[1]]: chain };
  const { body } = await importInto(service, await tarOf({ [document.file]: bytes, ...beside })).expect(200);
  expect(body.rejected).toEqual([]);
  return body.imported.filter(({ kind }: Item) => kind === document.kind).map(({ state }: Item) => state);
}

describe.each(DOCUMENTS)('$kind of last month, which still holds', (document) => {
  test('is no longer the newest', async () => {
    const { bytes } = oldOf(document);
    const newest = await current(document);
    expect(newest.issued_at > new Date(SIMULATED_AT.getTime() + 2 * DAY * 1000).toISOString()).toBe(true);
    expect(Buffer.from(newest.sha256, 'hex').equals(await digestOf(bytes))).toBe(false);
  });

  test('sent along by a host is neither used nor stored', async () => {
    const { sha256 } = await current(document);
    const old = (await digestOf(oldOf(document).bytes)).toString('hex');
    const before = (await items()).map((item) => item.sha256).sort();
    for (const given of smuggled(await evidence(document.tee), oldOf(document))) {
      const verdict = await judged(document.tee, given);
      expect(verdict.digests).not.toContain(old);
      if (verdict.authentic) expect(verdict.digests).toContain(sha256);
      else expect(typeof verdict.code).toBe('string');
    }
    expect((await items()).map((item) => item.sha256).sort()).toEqual(before);
  });

  test('served by the vendor itself is refused and reported, and changes nothing', async () => {
    const { sha256 } = await current(document);
    vendors.set(`${document.at.split('?')[0]}:older=${AGE}`);
    service.clock.advance(HOUR);
    const { kind, subject } = document;
    const { body } = await service.post(`${PATH}/refresh`, { kind, subject }, service.adminKey).expect(200);
    vendors.set();
    const outcome = body.asked.find((one: Item) => one.kind === kind && one.subject === subject);
    expect(outcome).toMatchObject({ result: 'older', why: expect.stringContaining('a newer one is kept') });
    const after = await current(document);
    expect([after.sha256, after.last_error]).toEqual([
      sha256,
      expect.stringContaining('a newer one is kept'),
    ]);
    const { text } = await service.get('/metrics').expect(200);
    expect(text).toContain(`assay_endorsement_fetch_total{kind="${kind}",source="vendor",result="older"}`);
    expect((await judged(document.tee, await evidence(document.tee))).digests).toContain(sha256);
  });

  test('imported is a past generation, and the newest goes on deciding', async () => {
    const { sha256 } = await current(document);
    expect(await importOld(document)).toEqual(['past']);
    expect((await current(document)).sha256).toBe(sha256);
    const verdict = await judged(document.tee, await evidence(document.tee));
    expect(verdict.authentic).toBe(true);
    expect(verdict.digests).toContain(sha256);
  });
});

describe('once the newest says no', () => {
  /** The verdict over evidence with old documents beside it, and after their import: never yes. */
  async function tryEverything(tee: Case['tee'], refused: readonly [number, string]): Promise<void> {
    const own = DOCUMENTS.filter((document) => document.tee === tee);
    const at = service.clock.now();
    const bodyOf = () =>
      tee === 'tdx'
        ? tdAttestBody(service, {}, { at })
        : attestBody(service, {}, { at, signingKey: tee === 'snp' ? 'VCEK' : 'VLEK' });
    const plain = await service.post(ATTEST, await bodyOf());
    expect([plain.status, plain.body.code]).toEqual(refused);
    for (const document of own) {
      const body = await bodyOf();
      for (const given of smuggled(body.evidence as JsonObject, oldOf(document))) {
        const reply = await service.post(ATTEST, { ...body, evidence: given });
        expect(reply.status).toBeGreaterThanOrEqual(400);
        expect(reply.body.token).toBeUndefined();
      }
      expect((await importOld(document)).every((state) => state !== 'current')).toBe(true);
      const { kind, subject } = document;
      vendors.set(`${document.at.split('?')[0]}:older=${AGE}`);
      service.clock.advance(HOUR);
      await service.post(`${PATH}/refresh`, { kind, subject }, service.adminKey).expect(200);
      vendors.set();
      const after = await service.post(ATTEST, await bodyOf());
      expect([after.status, after.body.code]).toEqual(refused);
    }
  }

  test('a TCB recovery cannot be undone by TCB info, identities or lists from before it', async () => {
    daysOn(2 + AGE);
    vendors.announce();
    vendors.adopt();
    await service.post(`${PATH}/refresh`, {}, service.adminKey).expect(200);
    await tryEverything('tdx', [403, 'tdx_tcb_status_not_accepted']);
  });

  test.each(['snp', 'snp-vlek'] as const)(
    'a revocation cannot be undone by a list from before it: %s',
    async (tee) => {
      const { crls } = await guestWith(REPORT_DATA, {
        at: service.clock.now(),
        signingKey: tee === 'snp' ? 'VCEK' : 'VLEK',
        fault: 'snp_ca_revoked',
      });
      const [file, list] = tee === 'snp' ? ['vcek_crl.der', crls.vcek] : ['vlek_crl.der', crls.vlek];
      if (list === null) throw new Error('the fault has a list');
      const { body } = await importInto(service, await tarOf({ [file]: list })).expect(200);
      expect(body.imported).toMatchObject([{ state: 'current' }]);
      await tryEverything(tee, [422, 'snp_ca_revoked']);
    },
  );
});

async function digestOf(bytes: Uint8Array): Promise<Buffer> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', Uint8Array.from(bytes)));
}
