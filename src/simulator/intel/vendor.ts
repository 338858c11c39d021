/** A miniature Intel: its authorities, its trust anchors, its documents at any instant. */
import { type KeyObject, X509Certificate } from 'node:crypto';
import type { TrustAnchors } from '../../rats/endorsement.js';
import { refuse } from '../../rats/refusal.js';
import { makeEcKey } from '../key-pair.js';
import { chainOf, type IntelAuthorities, mintIntelAuthorities, PCK_CAS, type PckCa } from './authorities.js';
import {
  type DatedDocument,
  DOCUMENT_NAMES,
  type DocumentName,
  holdsAt,
  mintDocument,
  tcbInfoName,
} from './documents.js';
import { SIMULATED_FMSPCS } from './tcb-levels.js';

export interface SimulatedIntel {
  readonly authorities: IntelAuthorities;
  readonly documents: ReadonlyMap<DocumentName, DatedDocument>;
  /** Of every platform and every quoting enclave, so that minting a TD makes no key. Not kept on disk. */
  readonly pckKey: KeyObject;
  readonly attestationKey: KeyObject;
}

/** Certificates hold from five years before `at` to twenty years after, documents from `at` on. */
export async function mintIntel({ at }: { readonly at: Date }): Promise<SimulatedIntel> {
  const authorities = await mintIntelAuthorities(at);
  return assembleIntel(authorities, await mintDocuments(authorities, at));
}

/** The vendor around authorities and documents that exist already. */
export async function assembleIntel(
  authorities: IntelAuthorities,
  documents: SimulatedIntel['documents'],
): Promise<SimulatedIntel> {
  const [pckKey, attestationKey] = await Promise.all([makeEcKey('P-256'), makeEcKey('P-256')]);
  return { authorities, documents, pckKey, attestationKey };
}

export async function mintDocuments(
  authorities: IntelAuthorities,
  at: Date,
): Promise<SimulatedIntel['documents']> {
  return new Map(
    await Promise.all(
      DOCUMENT_NAMES.map(async (name) => [name, await mintDocument(authorities, name, at)] as const),
    ),
  );
}

/** Its root; Intel’s intermediates travel with evidence and documents. */
export function intelAnchorsOf({ authorities }: SimulatedIntel): TrustAnchors {
  return {
    simulated: true,
    vendors: { intel: { roots: [authorities.root.certificate], intermediates: [] } },
  };
}

/** The stored document when it holds at the instant, otherwise one minted for it. */
export async function documentAt(
  { authorities, documents }: SimulatedIntel,
  name: DocumentName,
  at: Date,
): Promise<DatedDocument> {
  const stored = documents.get(name);
  return stored !== undefined && holdsAt(stored, at) ? stored : mintDocument(authorities, name, at);
}

/** Refuses (`request_invalid`) an instant outside the life of the authorities. */
export function requireAlive({ authorities }: SimulatedIntel, at: Date): void {
  const { validFrom, validTo } = new X509Certificate(authorities.root.certificate);
  if (at < new Date(validFrom) || at > new Date(validTo)) {
    refuse(
      'request_invalid',
      'request',
      `the simulated authorities hold from ${validFrom} to ${validTo}: mint a vendor for ${at.toISOString()}`,
    );
  }
}

/** One file of the endorsement layout. */
export interface IntelFile {
  /** `<fmspc>/<ca>/<name of the layout>`. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

const utf8 = (text: string) => new Uint8Array(Buffer.from(text, 'utf8'));

/** What the vendor publishes at the instant: one complete directory of the layout per family and authority. */
export async function intelFiles(intel: SimulatedIntel, at: Date): Promise<readonly IntelFile[]> {
  const sets = SIMULATED_FMSPCS.flatMap((fmspc) => PCK_CAS.map((ca) => ({ fmspc, ca })));
  const directories = await Promise.all(
    sets.map(async ({ fmspc, ca }) => {
      const files = await layoutOf(intel, fmspc, ca, at);
      return Object.entries(files).map(([name, bytes]) => ({ path: `${fmspc}/${ca}/${name}`, bytes }));
    }),
  );
  return directories.flat();
}

async function layoutOf(
  intel: SimulatedIntel,
  fmspc: string,
  ca: PckCa,
  at: Date,
): Promise<Readonly<Record<string, Uint8Array>>> {
  const { authorities } = intel;
  const bytesOf = async (name: DocumentName) => (await documentAt(intel, name, at)).bytes;
  const root = authorities.root.certificate;
  return {
    'tcb_info.json': await bytesOf(tcbInfoName(fmspc)),
    'qe_identity.json': await bytesOf('qe_identity.json'),
    'tcb_signing_chain.pem': utf8(chainOf(authorities.tcbSigning.certificate, root)),
    'pck_crl.der': await bytesOf(`${ca}_crl.der`),
    'pck_crl_issuer_chain.pem': utf8(chainOf(authorities[ca].certificate, root)),
    'root_ca_crl.der': await bytesOf('root_ca_crl.der'),
  };
}
