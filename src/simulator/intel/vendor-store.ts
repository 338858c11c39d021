/**
 * The miniature Intel on disk, in the folder `Intel`: PEM certificates and private keys, and the documents under
 * their names. Keys and certificates stay; a document is renewed by renaming a finished file, so several processes
 * may start on one empty directory: the first folder counts and the others read it.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as pkijs from 'pkijs';
import { refuse } from '../../rats/refusal.js';
import { type Authority, pemOf } from '../certificate.js';
import { type FolderContent, namesIn, placeFolder, replaceFile } from '../folder.js';
import { INTEL_NAMES, INTEL_ROLES, type IntelAuthorities, type IntelRole } from './authorities.js';
import { type DatedDocument, DOCUMENT_NAMES, mintDocument, wantsRenewal } from './documents.js';
import { assembleIntel, mintIntel, type SimulatedIntel } from './vendor.js';

const FOLDER = 'Intel';

const STEMS: Readonly<Record<IntelRole, string>> = {
  root: 'root_ca',
  platform: 'platform_ca',
  processor: 'processor_ca',
  tcbSigning: 'tcb_signing',
};

/** Writes the vendor. One that is there already stays as it is. */
export function saveIntel(dir: string, { authorities, documents }: SimulatedIntel): Promise<void> {
  const content: Record<string, FolderContent[string]> = {};
  for (const role of INTEL_ROLES) {
    const { certificate, key } = authorities[role];
    content[`${STEMS[role]}.pem`] = pemOf(certificate);
    content[`${STEMS[role]}.key.pem`] = key.export({ type: 'pkcs8', format: 'pem' });
  }
  for (const [name, { bytes }] of documents) content[name] = bytes;
  return placeFolder(dir, FOLDER, content);
}

/** Refuses (`request_invalid`) a directory without the vendor. */
export async function loadIntel(dir: string): Promise<SimulatedIntel> {
  if (!(await hasIntel(dir))) {
    refuse('request_invalid', 'request', `${dir} has no simulated Intel`);
  }
  const folder = join(dir, FOLDER);
  const present = new Set(await namesIn(folder));
  const names = DOCUMENT_NAMES.filter((name) => present.has(name));
  const documents = await Promise.all(
    names.map(async (name) => [name, await loadDocument(join(folder, name))] as const),
  );
  return assembleIntel(await loadAuthorities(folder), new Map(documents));
}

/** Whether the directory has the vendor. */
export async function hasIntel(dir: string): Promise<boolean> {
  return (await namesIn(dir)).includes(FOLDER);
}

/**
 * Loads the vendor, or mints it, and renews documents past half of their life. For an instant before the stored
 * documents it mints in memory what is asked for and leaves the newer ones on disk alone.
 */
export async function ensureIntel(dir: string, at: Date): Promise<SimulatedIntel> {
  if (!(await hasIntel(dir))) await saveIntel(dir, await mintIntel({ at }));
  const intel = await loadIntel(dir);
  const worn = DOCUMENT_NAMES.filter((name) => {
    const document = intel.documents.get(name);
    return document === undefined || wantsRenewal(document, at);
  });
  for (const name of worn) {
    const { bytes } = await mintDocument(intel.authorities, name, at);
    await replaceFile(join(dir, FOLDER, name), bytes);
  }
  // What is on disk afterwards counts: another process may renew at the same time.
  return withoutFuture(worn.length === 0 ? intel : await loadIntel(dir), at);
}

/** Documents that begin only after the instant are replaced in memory. */
async function withoutFuture(intel: SimulatedIntel, at: Date): Promise<SimulatedIntel> {
  const documents = new Map(intel.documents);
  for (const [name, { from }] of intel.documents) {
    if (at < from) documents.set(name, await mintDocument(intel.authorities, name, at));
  }
  return { ...intel, documents };
}

async function loadAuthorities(folder: string): Promise<IntelAuthorities> {
  const load = async (role: IntelRole): Promise<Authority> => {
    const pem = await readFile(join(folder, `${STEMS[role]}.pem`), 'utf8');
    const key = createPrivateKey(await readFile(join(folder, `${STEMS[role]}.key.pem`), 'utf8'));
    return {
      commonName: INTEL_NAMES[role],
      certificate: new Uint8Array(new X509Certificate(pem).raw),
      key,
    };
  };
  const [root, platform, processor, tcbSigning] = await Promise.all([
    load('root'),
    load('platform'),
    load('processor'),
    load('tcbSigning'),
  ]);
  return { root, platform, processor, tcbSigning };
}

async function loadDocument(file: string): Promise<DatedDocument> {
  const bytes = new Uint8Array(await readFile(file));
  return { bytes, ...(file.endsWith('.json') ? jsonWindow(bytes) : listWindow(bytes)) };
}

function listWindow(der: Uint8Array): Omit<DatedDocument, 'bytes'> {
  const list = pkijs.CertificateRevocationList.fromBER(der);
  return { from: list.thisUpdate.value, until: list.nextUpdate?.value ?? null };
}

/** The vendor's own files: members are where it wrote them. */
function jsonWindow(bytes: Uint8Array): Omit<DatedDocument, 'bytes'> {
  const document = JSON.parse(Buffer.from(bytes).toString('utf8'));
  const { issueDate, nextUpdate } = document.tcbInfo ?? document.enclaveIdentity;
  return { from: new Date(issueDate), until: new Date(nextUpdate) };
}
