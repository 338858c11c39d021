/**
 * What evidence needs, from vendors and into files, without a service. Which documents these are may show only once a
 * certificate is there: evidence that does not name its product line is read again with each that was got.
 */
import {
  type EndorsementDocument,
  type EndorsementRequirement,
  type EndorsementTrack,
  onTrack,
  type TrustAnchors,
} from '../rats/endorsement.js';
import type { VendorRequest } from '../rats/vendor-request.js';
import type { Scheme } from '../tee/scheme.js';
import type { EndorsementStore } from '../verifier/endorsement-ports.js';
import { documentKey } from './anchored.js';
import { pemOf } from './bundle/pem.js';
import type { FetchResult } from './vendor-answer.js';

/** A store in memory for the documents of one command. */
export interface Shelf extends Pick<EndorsementStore, 'keepUnlessOlder'> {
  readonly documents: readonly EndorsementDocument[];
}

export function createShelf(): Shelf {
  const documents: EndorsementDocument[] = [];
  return {
    documents,
    keepUnlessOlder: async (_realm, document, beside) => {
      documents.push(document, ...beside);
      return [document, ...beside].map(() => 'current' as const);
    },
  };
}

export interface GatherParts {
  /** Null: nobody publishes it, or it comes with another document. */
  readonly requestFor: (
    requirement: Pick<EndorsementRequirement, 'kind' | 'subject'>,
  ) => VendorRequest | null;
  readonly fetchDocument: (request: VendorRequest) => Promise<FetchResult>;
  readonly shelf: Shelf;
  readonly schemes: readonly Pick<Scheme, 'fileOf' | 'certificateFiles' | 'vouched'>[];
  readonly track: EndorsementTrack;
}

/** How asking for one document ended. `unpublished`: nobody gives it to strangers. */
export interface Asked {
  readonly requirement: EndorsementRequirement;
  readonly result: FetchResult | { readonly kind: 'unpublished' };
}

/** `wanted`: what is needed beside these certificates (DER), as far as they tell. */
export async function gather(
  wanted: (certificates: readonly Uint8Array[]) => readonly EndorsementRequirement[],
  parts: GatherParts,
): Promise<readonly Asked[]> {
  const asked = new Map<string, Asked>();
  for (;;) {
    const needed = wanted(certificatesOn(parts)).filter((need) => isAskedFor(need, parts));
    const next = inOrder(needed, parts).find((need) => !asked.has(keyOf(need, parts)));
    // What only a wrong guess of the product line asked for is nobody's loss.
    if (next === undefined) return [...asked.values()].filter((one) => isRelevant(one, needed));
    const requirement = onTrack(next, parts.track);
    const request = parts.requestFor(requirement);
    const result = request === null ? ({ kind: 'unpublished' } as const) : await parts.fetchDocument(request);
    asked.set(documentKey(requirement), { requirement, result });
  }
}

function keyOf(need: EndorsementRequirement, { track }: GatherParts): string {
  return documentKey(onTrack(need, track));
}

/** Signers come beside what they signed; what no vendor signs is no vendor's to give. */
function isAskedFor({ kind, each }: EndorsementRequirement, { schemes }: GatherParts): boolean {
  return each !== true && schemes.every(({ vouched }) => vouched?.kind !== kind);
}

/** Certificates first, for they decide about the rest; of these the rationed leaf after the authorities above it. */
function inOrder(
  needed: readonly EndorsementRequirement[],
  { schemes, requestFor }: GatherParts,
): readonly EndorsementRequirement[] {
  const rank = (need: EndorsementRequirement): number => {
    if (!schemes.some((scheme) => isCertificate(need, scheme))) return 2;
    return requestFor(need)?.rationed === true ? 1 : 0;
  };
  return [...needed].sort((one, other) => rank(one) - rank(other));
}

type CertificateScheme = Pick<Scheme, 'fileOf' | 'certificateFiles'>;

function isCertificate(
  { kind }: Pick<EndorsementRequirement, 'kind'>,
  { fileOf, certificateFiles }: CertificateScheme,
): boolean {
  const file = fileOf(kind);
  return file !== null && certificateFiles.includes(file);
}

function certificatesOn({ shelf, schemes }: GatherParts): readonly Uint8Array[] {
  return shelf.documents
    .filter((document) => schemes.some((scheme) => isCertificate(document, scheme)))
    .map(({ bytes }) => bytes);
}

/** The same roots with the certificates that were got as intermediates; each is verified again before it is used. */
export function anchorsWith(
  anchors: TrustAnchors,
  documents: readonly EndorsementDocument[],
  schemes: readonly (CertificateScheme & Pick<Scheme, 'vendor'>)[],
): TrustAnchors {
  const vendors = { ...anchors.vendors };
  for (const scheme of schemes) {
    const own = vendors[scheme.vendor];
    if (own === undefined) continue;
    const got = documents.filter((document) => isCertificate(document, scheme)).map(({ bytes }) => bytes);
    vendors[scheme.vendor] = { ...own, intermediates: [...own.intermediates, ...got] };
  }
  return { ...anchors, vendors };
}

/** It was got, or it is needed still. */
function isRelevant({ requirement, result }: Asked, needed: readonly EndorsementRequirement[]): boolean {
  return result.kind === 'kept' || needed.some(({ kind }) => kind === requirement.kind);
}

/** File of the layout and its bytes. Certificates of one file stand below each other in PEM. */
export interface LayoutFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Files by name; of documents that are not certificates a later one takes the place of an earlier one. */
export function layoutOf(
  documents: readonly EndorsementDocument[],
  schemes: GatherParts['schemes'],
): readonly LayoutFile[] {
  const files = new Map<string, Uint8Array>();
  const seen = new Set<string>();
  for (const { kind, sha256, bytes } of documents) {
    const name = schemes.flatMap(({ fileOf }) => fileOf(kind) ?? [])[0];
    if (name === undefined || seen.has(`${name} ${sha256}`)) continue;
    seen.add(`${name} ${sha256}`);
    const before = files.get(name);
    files.set(name, name.endsWith('.pem') ? joined(before, pemOf(bytes)) : bytes);
  }
  return [...files].map(([name, bytes]) => ({ name, bytes }));
}

function joined(before: Uint8Array | undefined, bytes: Uint8Array): Uint8Array {
  return before === undefined ? bytes : new Uint8Array(Buffer.concat([before, bytes]));
}
