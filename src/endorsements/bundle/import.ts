/**
 * A bundle is imported whole or not at all: who signed it, then every file against its manifest, and only then each
 * document by itself, like any other. Without keys to trust, what vendors signed counts on their signatures, and what
 * no vendor signs does not count.
 */
import { sha256Hex } from '../../bytes/digest.js';
import { RefusalError } from '../../rats/refusal.js';
import { invalidRequest, refuseRequest } from '../../rats/shared-refusals.js';
import type { Scheme, VouchedDocuments } from '../../tee/scheme.js';
import type { BundleKeys } from '../../verifier/key-ports.js';
import { MANIFEST_FILE } from '../archive.js';
import {
  filesByPath,
  type ImportFile,
  type ImportReport,
  type ImportTarget,
  importFile,
  keepAll,
  nameOf,
  rejectionOf,
} from '../import.js';
import { type BundleEntry, type BundleManifest, readManifest, SIGNATURE_FILE } from './manifest.js';

export interface BundleTarget extends ImportTarget {
  readonly schemes: readonly Pick<Scheme, 'endorsementFiles' | 'readEndorsement' | 'vouched'>[];
  /** Null: the operator named none. */
  readonly trusted: BundleKeys | null;
}

/** Member names are wire names. */
export interface BundleFacts {
  readonly issuer: string;
  readonly created_at: string;
  /** `trusted`: by a key that the operator named. `not_checked`: the operator named none. */
  readonly signature: 'trusted' | 'not_checked';
  /** Thumbprint of the key; null: nobody looked. */
  readonly key: string | null;
  /** What that means, for people. */
  readonly note: string;
}

export interface BundleReport extends ImportReport {
  readonly bundle: BundleFacts;
}

/** A manifest at the top makes an archive a bundle. */
export function isBundle(files: readonly ImportFile[]): boolean {
  return files.some(({ path }) => path === MANIFEST_FILE);
}

/**
 * Refuses with `request_invalid`, in words, what no trusted key has signed, a file that the manifest does not have like
 * this, and a manifest of another form or another realm.
 */
export async function importBundle(
  files: readonly ImportFile[],
  target: BundleTarget,
): Promise<BundleReport> {
  const bytes = files.find(({ path }) => path === MANIFEST_FILE)?.bytes ?? new Uint8Array(0);
  const key = await signerOf(bytes, files, target);
  const manifest = readManifest(bytes);
  if (manifest.realm !== target.realm) {
    refuseRequest(
      `The bundle is of the ${manifest.realm} realm, and these are the documents of the ${target.realm} one.`,
    );
  }
  const listed = requireListed(files, manifest);
  const byPath = filesByPath(files);
  const imported: ImportReport['imported'][number][] = [];
  const rejected: ImportReport['rejected'][number][] = [];
  for (const [file, entry] of listed) {
    const vouched = vouchedBy(file, target);
    const report =
      vouched === null
        ? await importFile(file, byPath, target)
        : await importVouched(file, vouched, key, target);
    imported.push(...report.imported);
    rejected.push(...report.rejected);
    const isListed = report.imported.some(({ kind }) => kind === entry.kind);
    if (report.rejected.length === 0 && !isListed) {
      rejected.push(rejectionOf(file, mismatch(`${file.path} is not ${entry.kind}`)));
    }
  }
  return { imported, rejected, bundle: factsOf(manifest, key) };
}

/** Null: the operator named no keys. Throws where named keys have not signed it. */
async function signerOf(
  manifest: Uint8Array,
  files: readonly ImportFile[],
  { trusted }: BundleTarget,
): Promise<string | null> {
  if (trusted === null) return null;
  const signature = files.find(({ path }) => path === SIGNATURE_FILE);
  if (signature === undefined) throw untrusted(`The bundle has no ${SIGNATURE_FILE}: nobody has signed it.`);
  const key = await trusted.signerOf(manifest, Buffer.from(signature.bytes).toString('latin1'));
  if (key === null) {
    throw untrusted('No key that this service trusts has signed the bundle’s manifest as it is here.');
  }
  return key;
}

function untrusted(detail: string): RefusalError {
  return new RefusalError(invalidRequest(detail));
}

/** How many files are named when they do not fit. */
const MOST_NAMED = 5;

/** Every file with its entry; throws unless archive and manifest have the same files with the same digests. */
function requireListed(
  files: readonly ImportFile[],
  { entries }: BundleManifest,
): readonly (readonly [ImportFile, BundleEntry])[] {
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  const present = new Set(files.map(({ path }) => path));
  const documents = files.filter(({ path }) => path !== MANIFEST_FILE && path !== SIGNATURE_FILE);
  const listed = documents.flatMap((file) => {
    const entry = byPath.get(file.path);
    return entry === undefined || entry.sha256 !== sha256Hex(file.bytes) ? [] : [[file, entry] as const];
  });
  const faults = [
    ...(byPath.size === entries.length ? [] : ['the manifest names a file twice']),
    ...entries.flatMap(({ path }) => (present.has(path) ? [] : [`${path} is missing`])),
    ...documents.flatMap(({ path, bytes }) => {
      const entry = byPath.get(path);
      if (entry === undefined) return [`${path} is not in the manifest`];
      return entry.sha256 === sha256Hex(bytes) ? [] : [`${path} has another digest`];
    }),
  ];
  const [first, ...others] = faults;
  if (first !== undefined) throw mismatch([first, ...others.slice(0, MOST_NAMED - 1)].join('; '));
  return listed.map(([file, entry]) => [
    entry.track === null ? file : { ...file, track: entry.track },
    entry,
  ]);
}

function mismatch(what: string): RefusalError {
  return new RefusalError(invalidRequest(`The bundle is not what its manifest says: ${what}.`));
}

function vouchedBy(file: ImportFile, { schemes }: BundleTarget): VouchedDocuments | null {
  return schemes.find(({ vouched }) => vouched?.file === nameOf(file))?.vouched ?? null;
}

/** The manifest's signature is the only one that such a document has. */
async function importVouched(
  file: ImportFile,
  vouched: VouchedDocuments,
  key: string | null,
  target: BundleTarget,
): Promise<ImportReport> {
  try {
    if (key === null) {
      throw untrusted(
        `No vendor signs ${file.path}, and this service knows no key whose bundles it may trust.`,
      );
    }
    return { imported: await keepAll([vouched.read(file.bytes)], target), rejected: [] };
  } catch (error) {
    return { imported: [], rejected: [rejectionOf(file, error)] };
  }
}

function factsOf({ issuer, created_at }: BundleManifest, key: string | null): BundleFacts {
  return {
    issuer,
    created_at,
    signature: key === null ? 'not_checked' : 'trusted',
    key,
    note:
      key === null
        ? 'Nobody’s signature was checked: ASSAY_BUNDLE_KEYS names no keys. Each document was held to its vendor’s own signature; what no vendor signs was not taken.'
        : 'A key that this service trusts has signed the manifest, and every file is as it says.',
  };
}
