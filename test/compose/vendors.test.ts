import { afterEach, describe, expect, test } from '@jest/globals';
import { openVendors, type Vendors } from '../../src/compose/vendors.js';
import { type Environment, readConfig } from '../../src/config.js';
import type { TrustAnchors } from '../../src/rats/endorsement.js';
import { anchorsOf, crlDocuments } from '../../src/simulator/index.js';
import type { EndorsementStore } from '../../src/verifier/endorsement-ports.js';
import { type LocalServer, startServer } from '../endorsements/local-server.js';
import { SIMULATED_AT, simulatedVendor } from '../simulated-vendor.js';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Opened {
  readonly vendors: Vendors;
  /** Kind, realm and source of what was kept. */
  readonly kept: readonly string[];
  readonly counted: readonly string[];
}

async function open(env: Environment): Promise<Opened> {
  const kept: string[] = [];
  const counted: string[] = [];
  const store: Pick<EndorsementStore, 'keepUnlessOlder'> = {
    keepUnlessOlder: async (realm, document, beside, source) => {
      kept.push(`${document.kind} ${realm} ${source}`);
      return ['current', ...beside.map(() => 'current' as const)];
    },
  };
  const simulated = anchorsOf(await simulatedVendor());
  const nobody: TrustAnchors = { simulated: false, vendors: {} };
  const vendors = openVendors(
    readConfig({ ASSAY_DATABASE_URL: 'pglite:memory', ASSAY_SIMULATED_VENDORS: '1', ...env }),
    {
      build: { name: 'assay', version: '0.1.0+gabcdef0' },
      store,
      anchorsFor: (realm) => (realm === 'simulated' ? simulated : nobody),
      now: () => SIMULATED_AT,
      fetched: (kind, result) => counted.push(`${kind} ${result}`),
    },
  );
  cleanups.push(() => vendors.close());
  return { vendors, kept, counted };
}

async function serving(body: Uint8Array): Promise<LocalServer> {
  const server = await startServer((_request, response) => void response.end(body));
  cleanups.push(() => server.close());
  return server;
}

const MILAN = { kind: 'snp-vcek-crl', subject: 'Milan' };
const ROOT_LIST = { kind: 'tdx-root-crl', subject: 'intel' };

describe('vendors as configured', () => {
  test('the simulated realm asks its own server for everything, and tells the metrics', async () => {
    const list = crlDocuments(await simulatedVendor()).find(
      ({ kind, subject }) => kind === MILAN.kind && subject === MILAN.subject,
    );
    const server = await serving(list?.bytes ?? new Uint8Array());
    const { vendors, kept, counted } = await open({
      ASSAY_SIMULATED_VENDOR_URL: `http://127.0.0.1:${server.port}`,
      // No proxy leads to the own machine.
      ASSAY_VENDOR_PROXY: 'http://127.0.0.1:1',
    });
    const realm = vendors.of('simulated');
    for (const need of [MILAN, ROOT_LIST]) {
      const request = realm?.requestFor(need);
      if (realm === null || request === null || request === undefined)
        throw new Error('somebody publishes it');
      await realm.fetchDocument(request);
    }
    expect(kept).toEqual(['snp-vcek-crl simulated vendor']);
    // The root’s list is asked for too, and what came is AMD’s.
    expect(counted).toEqual(['snp-vcek-crl kept', 'tdx-root-crl refused']);
    expect(server.requests.map(({ url, headers }) => [url, headers['user-agent']])).toEqual([
      ['/vcek/v1/Milan/crl', 'assay/0.1.0+gabcdef0'],
      ['/IntelSGXRootCA.der', 'assay/0.1.0+gabcdef0'],
    ]);
  });

  test('without a server of its own the simulated realm asks nobody', async () => {
    const { vendors } = await open({});
    expect(vendors.of('simulated')).toBeNull();
    expect(vendors.of('genuine')?.requestFor(MILAN)?.path).toBe('/vcek/v1/Milan/crl');
  });

  test('switched off, nobody asks anybody', async () => {
    const { vendors } = await open({
      ASSAY_VENDOR_FETCH: 'off',
      ASSAY_SIMULATED_VENDOR_URL: 'http://127.0.0.1:1',
    });
    expect([vendors.of('genuine'), vendors.of('simulated')]).toEqual([null, null]);
  });

  test('the genuine realm goes where the operator says, be it on the own machine', async () => {
    const server = await serving(new Uint8Array([1, 2, 3]));
    const base = `http://127.0.0.1:${server.port}`;
    const { vendors, counted } = await open({ ASSAY_AMD_KDS_URL: base, ASSAY_INTEL_PCS_URL: base });
    const realm = vendors.of('genuine');
    for (const need of [MILAN, ROOT_LIST]) {
      const request = realm?.requestFor(need);
      if (realm === null || request === null || request === undefined)
        throw new Error('somebody publishes it');
      await realm.fetchDocument(request);
    }
    expect(counted).toEqual(['snp-vcek-crl refused', 'tdx-root-crl refused']);
    // A cache server has the root’s list at a path of its own.
    expect(server.requests.map(({ url }) => url)).toEqual([
      '/vcek/v1/Milan/crl',
      '/sgx/certification/v4/rootcacrl',
    ]);
  });

  test('Intel’s own address is no cache server, however it came to be named', async () => {
    const { vendors } = await open({ ASSAY_INTEL_PCS_URL: 'https://api.trustedservices.intel.com' });
    expect(vendors.of('genuine')?.requestFor(ROOT_LIST)?.service).toBe('intel-certificates');
  });

  test('one evaluation can be asked for', async () => {
    const { vendors } = await open({});
    const need = { kind: 'tdx-qe-identity', subject: 'standard' };
    expect(vendors.of('genuine')?.requestFor(need, { evaluationNumber: 18 })?.path).toContain(
      'tcbEvaluationDataNumber=18',
    );
  });

  test('a file of authorities that holds none ends the start in words', async () => {
    await expect(open({ ASSAY_VENDOR_CA_FILE: '/dev/null' })).rejects.toThrow('holds no certificate');
  });
});
