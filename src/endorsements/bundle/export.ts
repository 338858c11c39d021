/**
 * The documents of a realm as one signed archive, for sites that reach no vendor. Each goes out as a file of the layout
 * that reads back as the same document, with the files that it is read beside; what does not verify any more stays
 * here and is named. A directory for each, so that no two files meet.
 */
import { setImmediate as othersServed } from 'node:timers/promises';
import { sha256Hex } from '../../bytes/digest.js';
import type { Endorsement, EndorsementDocument, Realm, TrustAnchors } from '../../rats/endorsement.js';
import { refuseRequest } from '../../rats/shared-refusals.js';
import type { EndorsementStore } from '../../verifier/endorsement-ports.js';
import type { BundleSigner } from '../../verifier/key-ports.js';
import { MANIFEST_FILE, packArchive } from '../archive.js';
import type { ImportFile } from '../import.js';
import {
  BUNDLE_FORMAT,
  type BundleEntry,
  type BundleManifest,
  SIGNATURE_FILE,
  writeManifest,
} from './manifest.js';
import { type BundledScheme, fileBytes, type Held, placeOf } from './placing.js';

export interface ExportSource {
  readonly schemes: readonly BundledScheme[];
  readonly store: Pick<EndorsementStore, 'list' | 'contents'>;
  readonly realm: Realm;
  readonly anchors: TrustAnchors;
  /** Of the service, for the manifest. */
  readonly issuer: string;
  readonly signer: BundleSigner;
  readonly now: Date;
  /** What an import reads. */
  readonly maxBytes: number;
}

export interface ExportChoice {
  /** Past generations too, for judging the past. */
  readonly generations: boolean;
  /** Kinds to take; null: all. */
  readonly kinds: readonly string[] | null;
}

/** Refuses with `request_invalid` when there is nothing to take, or more than an import reads. */
export async function exportBundle(source: ExportSource, choice: ExportChoice): Promise<Uint8Array> {
  const { files, entries, leftOut } = await gather(source, choice);
  if (entries.length === 0) refuseRequest('There is no vendor document to export.');
  const manifest = writeManifest({
    format: BUNDLE_FORMAT,
    created_at: source.now.toISOString(),
    issuer: source.issuer,
    realm: source.realm,
    entries,
    left_out: leftOut,
  });
  const signature = new Uint8Array(Buffer.from(await source.signer.sign(manifest), 'ascii'));
  const archive = await packArchive([
    { path: MANIFEST_FILE, bytes: manifest },
    { path: SIGNATURE_FILE, bytes: signature },
    ...files,
  ]);
  if (archive.length > source.maxBytes) {
    refuseRequest(
      `The bundle would have ${archive.length} bytes, and an import reads ${source.maxBytes}: ${SMALLER}.`,
    );
  }
  return archive;
}

const SMALLER =
  'leave past generations out, or export by kinds; certificates of single machines are the most of a fleet’s documents, and the machines’ evidence can bring them along';

/** Of a file in a tar: its header, and a block of content. */
const LEAST_BYTES = 1_024;

/** Before anything is read of them: a fleet has more certificates than fit into memory. */
function requireRoom(count: number, maxBytes: number): void {
  if (count * LEAST_BYTES <= maxBytes) return;
  refuseRequest(
    `A bundle has no room for ${count} documents, since an import reads ${maxBytes} bytes: ${SMALLER}.`,
  );
}

interface Gathered {
  readonly files: readonly ImportFile[];
  readonly entries: readonly BundleEntry[];
  readonly leftOut: BundleManifest['left_out'];
}

async function gather(source: ExportSource, choice: ExportChoice): Promise<Gathered> {
  const { held, wanted } = await documentsOf(source, choice);
  const files = new Map<string, ImportFile>();
  const entries: BundleEntry[] = [];
  const leftOut: BundleManifest['left_out'][number][] = [];
  const add = (entry: Omit<BundleEntry, 'sha256'>, bytes: Uint8Array): void => {
    if (files.has(entry.path)) return;
    files.set(entry.path, { path: entry.path, bytes });
    entries.push({ ...entry, sha256: sha256Hex(bytes) });
  };
  for (const document of wanted) {
    // Verifying is computing without a pause.
    await othersServed();
    const placed = await placeOf(document, held, source);
    if ('code' in placed) {
      leftOut.push({ kind: document.kind, subject: document.subject, code: placed.code });
      continue;
    }
    const directory = [document.kind, ...(placed.track === null ? [] : [placed.track]), shortOf(document)];
    for (const { name, document: part } of [{ name: placed.name, document }, ...placed.beside]) {
      const path = [...directory, name].join('/');
      const { kind, subject, issuedAt, expiresAt } = part;
      add(
        {
          path,
          kind,
          subject,
          track: placed.track,
          issued_at: issuedAt.toISOString(),
          expires_at: expiresAt.toISOString(),
        },
        fileBytes(name, part.bytes),
      );
    }
  }
  return { files: [...files.values()], entries, leftOut };
}

/** `held`: all there are, to find issuers among; `wanted`: those to take along. */
async function documentsOf(
  { store, realm, schemes, now, maxBytes }: ExportSource,
  { generations, kinds }: ExportChoice,
): Promise<{ readonly held: readonly Held[]; readonly wanted: readonly Held[] }> {
  const summaries = await store.list(realm, now);
  const asked = summaries.filter(
    ({ kind, state }) => (kinds === null || kinds.includes(kind)) && (generations || state === 'current'),
  );
  requireRoom(asked.length, maxBytes);
  const contents = await store.contents(realm, summaries);
  const stored = summaries.map((summary, index) => ({ ...summary, bytes: bytesAt(contents, index) }));
  const shipped = schemes.flatMap(({ vouched }) => vouched?.shipped ?? []);
  const others = shipped.filter(({ sha256 }) => stored.every((one) => one.sha256 !== sha256));
  const held = [...stored, ...others];
  const chosen = held.filter(({ kind }) => kinds === null || kinds.includes(kind));
  if (generations) return { held, wanted: chosen };
  const current = stored.filter(({ state }) => state === 'current');
  const newest = new Set(
    [
      ...current.filter(({ kind }) => shipped.every((one) => one.kind !== kind)),
      ...newestVouched([...current, ...shipped], schemes),
    ].map(({ sha256 }) => sha256),
  );
  return { held, wanted: chosen.filter(({ sha256 }) => newest.has(sha256)) };
}

/** Of documents that no vendor signs, the one of the highest number, be it kept or shipped. */
function newestVouched(
  documents: readonly (Held & Pick<EndorsementDocument, 'sequence'>)[],
  schemes: readonly BundledScheme[],
): readonly Held[] {
  return schemes.flatMap(({ vouched }) => {
    const ofKind = documents.filter(({ kind }) => kind === vouched?.kind);
    const [first, ...others] = ofKind;
    if (first === undefined) return [];
    return [others.reduce((best, one) => ((one.sequence ?? 0n) > (best.sequence ?? 0n) ? one : best), first)];
  });
}

function bytesAt(contents: readonly Endorsement[], index: number): Uint8Array {
  const found = contents[index];
  if (found === undefined) throw new TypeError('the store returns one document for each name');
  return found.bytes;
}

/** Enough of the digest to tell documents apart. */
function shortOf({ sha256 }: Held): string {
  return sha256.slice(0, 32);
}
