/** Codes that only trouble of the service itself earns, each beside the same request without the trouble. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import supertest from 'supertest';
import type { EndorsementAbsence } from '../../src/rats/endorsement.js';
import type { RefusalCode } from '../../src/rats/refusal.js';
import { appAround } from '../http/app-around.js';
import { bodyFor, guestWith, importInto, prepare } from '../http/guest.js';
import { startTestService, tarOf } from '../http/service.js';
import { askedVendors } from '../http/vendor-source.js';
import { ATTEST, type Exchange, inTurn } from './stage.js';

export const BY_TROUBLE: Readonly<Partial<Record<RefusalCode, () => Promise<Exchange>>>> = {
  database_unavailable: async () => {
    const service = await startTestService();
    await prepare(service);
    const ask = () => service.get('/v1/workloads', service.adminKey);
    const accepted = await ask();
    await service.close();
    return { accepted, refused: await ask() };
  },
  collateral_not_found: () => askedInVain('not-found'),
  snp_kds_rate_limited: () => askedInVain('rate-limited'),
  internal_error: () => {
    let broken = true;
    const issueChallenge = async () => {
      if (broken) throw new SyntaxError('a bug');
      return CHALLENGE;
    };
    const agent = supertest(appAround({ issueChallenge }));
    const ask = () => agent.post('/v1/challenges').send({ audience: 'vault' });
    return inTurn(ask, () => {
      broken = false;
      return ask();
    });
  },
  overloaded: async () => {
    let finish: () => void = () => undefined;
    let entered: () => void = () => undefined;
    const busy = new Promise<void>((resolve) => {
      entered = resolve;
    });
    const attest = () =>
      new Promise((resolve) => {
        finish = () => resolve({ token: 't' });
        entered();
      });
    const server = createServer(appAround({ attest }));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const agent = supertest(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const ask = async () => agent.post('/v1/attest').send(ATTEST_BODY);
    const first = ask();
    await busy;
    const refused = await ask();
    finish();
    const accepted = await first;
    await new Promise((resolve) => server.close(resolve));
    return { refused, accepted };
  },
};

/** A report without its VCEK while AMD gives none, and the same once it was imported. */
async function askedInVain(reason: EndorsementAbsence['reason']): Promise<Exchange> {
  const vendors = askedVendors();
  vendors.answer({ reason, why: 'AMD’s service was asked', retryAfter: 20 });
  const service = await startTestService({}, { source: vendors });
  try {
    await prepare(service);
    let leaf = new Uint8Array();
    const body = await bodyFor(service, {
      mint: async (reportData) => {
        const guest = await guestWith(reportData, { signingKey: 'VCEK' });
        leaf = Uint8Array.from(guest.leafDer ?? []);
        return { ...guest, certificates: [] };
      },
    });
    const refused = await service.post(ATTEST, body);
    await importInto(service, await tarOf({ 'vcek.der': leaf })).expect(200);
    return { refused, accepted: await service.post(ATTEST, body) };
  } finally {
    await service.close();
  }
}

const CHALLENGE = { challenge: 'c' };
const ATTEST_BODY = { challenge: 'c', audience: 'a', evidence: { cpu: { type: 'auto', bytes: 'AA' } } };
