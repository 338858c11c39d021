/** A look-alike for a test, with a clock that the test moves, and the readers that the service itself would use. */

import type { EndorsementDocument, TrustAnchors } from '../../../src/rats/endorsement.js';
import {
  anchorsOf,
  intelAnchorsOf,
  startVendorService,
  type VendorService,
} from '../../../src/simulator/index.js';
import type { VendorServiceOptions } from '../../../src/simulator/service/vendor-service.js';
import { SCHEMES } from '../../../src/tee/registry.js';
import { SIMULATED_AT, simulatedIntel, simulatedVendor } from '../../simulated-vendor.js';

export const DAY = 86_400_000;

export interface Fetched {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

export interface RunningVendor extends VendorService {
  readonly anchors: TrustAnchors;
  now(): Date;
  /** Milliseconds; back, where negative. */
  move(by: number): void;
  /** GET; a redirect is not followed. */
  get(path: string): Promise<Fetched>;
  /** GET of a document, read as a file of the layout; headers become the files beside it. */
  read(
    path: string,
    file: string,
    beside?: Readonly<Record<string, string>>,
  ): Promise<readonly EndorsementDocument[]>;
}

export async function startRunningVendor(
  options: Partial<Omit<VendorServiceOptions, 'vendor' | 'clock'>> = {},
): Promise<RunningVendor> {
  let now = SIMULATED_AT.getTime();
  const [amd, intel] = await Promise.all([simulatedVendor(), simulatedIntel()]);
  const clock = { now: () => new Date(now) };
  const service = await startVendorService({ ...options, vendor: { amd, intel }, clock });
  const anchors: TrustAnchors = {
    simulated: true,
    vendors: { ...anchorsOf(amd).vendors, ...intelAnchorsOf(intel).vendors },
  };
  const get = async (path: string): Promise<Fetched> => {
    const response = await fetch(`${service.url}${path}`, { redirect: 'manual' });
    const { status, headers } = response;
    return { status, headers, body: new Uint8Array(await response.arrayBuffer()) };
  };
  return {
    ...service,
    anchors,
    get,
    now: clock.now,
    move: (by) => {
      now += by;
    },
    read: async (path, file, beside = {}) => {
      const { status, headers, body } = await get(path);
      if (status !== 200) throw new Error(`${path} is ${status}`);
      return readFile(file, body, anchors, (name) => {
        const header = beside[name];
        const value = header === undefined ? null : headers.get(header);
        return value === null ? null : Buffer.from(decodeURIComponent(value), 'utf8');
      });
    },
  };
}

/** By the scheme that knows the file. */
export async function readFile(
  file: string,
  bytes: Uint8Array,
  anchors: TrustAnchors,
  beside: (file: string) => Uint8Array | null = () => null,
): Promise<readonly EndorsementDocument[]> {
  const scheme = SCHEMES.find(({ endorsementFiles }) => endorsementFiles.includes(file));
  if (scheme === undefined) throw new Error(`nothing reads ${file}`);
  return scheme.readEndorsement(file, bytes, { anchors, track: 'standard', beside });
}

/** Paths with everything that reading their answers takes. */
export const DOCUMENTS = {
  vcek: {
    path: `/vcek/v1/Milan/${'ab'.repeat(64)}?blSPL=4&teeSPL=0&snpSPL=29&ucodeSPL=222`,
    file: 'vcek.der',
    beside: {},
  },
  chain: { path: '/vcek/v1/Milan/cert_chain', file: 'chain.pem', beside: {} },
  vcekCrl: { path: '/vcek/v1/Milan/crl', file: 'vcek_crl.der', beside: {} },
  vlekCrl: { path: '/vlek/v1/Turin/crl', file: 'vlek_crl.der', beside: {} },
  tcbInfo: {
    path: '/tdx/certification/v4/tcb?fmspc=a55a6f000000',
    file: 'tcb_info.json',
    beside: { 'tcb_signing_chain.pem': 'TCB-Info-Issuer-Chain' },
  },
  identity: {
    path: '/tdx/certification/v4/qe/identity',
    file: 'qe_identity.json',
    beside: { 'tcb_signing_chain.pem': 'SGX-Enclave-Identity-Issuer-Chain' },
  },
  pckCrl: {
    path: '/sgx/certification/v4/pckcrl?ca=platform&encoding=der',
    file: 'pck_crl.der',
    beside: { 'pck_crl_issuer_chain.pem': 'SGX-PCK-CRL-Issuer-Chain' },
  },
  rootCrl: { path: '/IntelSGXRootCA.der', file: 'root_ca_crl.der', beside: {} },
} as const;
export type DocumentCase = keyof typeof DOCUMENTS;
export const DOCUMENT_CASES = Object.keys(DOCUMENTS) as readonly DocumentCase[];
