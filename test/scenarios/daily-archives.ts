/** What the miniature vendors publish day after day, as archives of a directory that other processes can read. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { MANIFEST_FILE } from '../../src/endorsements/archive.js';
import { BUNDLE_FORMAT, type BundleEntry, writeManifest } from '../../src/endorsements/bundle/manifest.js';
import type { TrustAnchors } from '../../src/rats/endorsement.js';
import {
  anchorsOf,
  intelAnchorsOf,
  SIMULATED_FMSPCS,
  startVendorService,
} from '../../src/simulator/index.js';
import { SCHEMES } from '../../src/tee/registry.js';
import { tarOf } from '../http/tar.js';
import { SIMULATED_AT, simulatedIntel, simulatedVendor } from '../simulated-vendor.js';

const DAY_MS = 86_400_000;
/** More than are imported in the end. */
export const DAYS = 90;

const [FMSPC] = SIMULATED_FMSPCS;
/** File, path, header of its issuers and the file that they are. */
const DOCUMENTS: readonly (readonly [string, string, string?, string?])[] = [
  ['amd/vcek_crl.der', '/vcek/v1/Milan/crl'],
  ['amd/vlek_crl.der', '/vlek/v1/Milan/crl'],
  [
    'intel/tcb_info.json',
    `/tdx/certification/v4/tcb?fmspc=${FMSPC}`,
    'TCB-Info-Issuer-Chain',
    'intel/tcb_signing_chain.pem',
  ],
  ['intel/qe_identity.json', '/tdx/certification/v4/qe/identity'],
  [
    'intel/pck_crl.der',
    '/sgx/certification/v4/pckcrl?ca=platform&encoding=der',
    'SGX-PCK-CRL-Issuer-Chain',
    'intel/pck_crl_issuer_chain.pem',
  ],
  ['intel/root_ca_crl.der', '/IntelSGXRootCA.der'],
];
/** Those of which each day has a new one. */
export const DAILY = [
  ['snp-vcek-crl', 'Milan'],
  ['snp-vlek-crl', 'Milan'],
  ['tdx-tcb-info', `${FMSPC}/standard`],
  ['tdx-qe-identity', 'standard'],
  ['tdx-pck-crl', 'platform'],
  ['tdx-root-crl', 'intel'],
].map(([kind = '', subject = '']) => ({ kind, subject }));

/** Every other day comes as a bundle: the same files, and a manifest of them. */
export const isBundled = (day: number): boolean => day % 2 === 1;

export function noonOf(day: number): Date {
  return new Date(SIMULATED_AT.getTime() + (1 + day) * DAY_MS);
}

export function archiveOf(dir: string, day: number): string {
  return join(dir, `${day}.tar`);
}

/** A manifest as an export writes it; who imports here names no keys, so nobody signs it. */
async function manifestOf(
  files: Readonly<Record<string, Uint8Array>>,
  anchors: TrustAnchors,
  day: number,
): Promise<Uint8Array> {
  const entries: BundleEntry[] = [];
  for (const [path, bytes] of Object.entries(files)) {
    const [directory, name] = [dirname(path), basename(path)];
    const scheme = SCHEMES.find(({ endorsementFiles }) => endorsementFiles.includes(name));
    const beside = (file: string) => files[`${directory}/${file}`] ?? null;
    const read = await scheme?.readEndorsement(name, bytes, { anchors, track: 'standard', beside });
    const [document] = read ?? [];
    if (document === undefined) throw new Error(`${path} is no document`);
    const { kind, subject, issuedAt, expiresAt } = document;
    entries.push({
      path,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      kind,
      subject,
      track: subject.endsWith('standard') ? 'standard' : null,
      issued_at: issuedAt.toISOString(),
      expires_at: expiresAt.toISOString(),
    });
  }
  return writeManifest({
    format: BUNDLE_FORMAT,
    created_at: noonOf(day).toISOString(),
    issuer: 'http://localhost',
    realm: 'simulated',
    entries,
    left_out: [],
  });
}

/** An archive for each day, and the anchors that they verify under. */
export async function writeArchives(dir: string): Promise<void> {
  const [amd, intel] = await Promise.all([simulatedVendor(), simulatedIntel()]);
  const anchors = {
    simulated: true,
    vendors: { ...anchorsOf(amd).vendors, ...intelAnchorsOf(intel).vendors },
  };
  let day = 0;
  const vendors = await startVendorService({ vendor: { amd, intel }, clock: { now: () => noonOf(day) } });
  try {
    await mkdir(dir, { recursive: true });
    for (; day < DAYS; day += 1) {
      const files: Record<string, Uint8Array> = {};
      for (const [file, path, header, beside] of DOCUMENTS) {
        const reply = await fetch(`${vendors.url}${path}`);
        if (reply.status !== 200) throw new Error(`${path}: ${reply.status}`);
        files[file] = new Uint8Array(await reply.arrayBuffer());
        const chain = header === undefined ? null : reply.headers.get(header);
        if (beside !== undefined && chain !== null) files[beside] = Buffer.from(decodeURIComponent(chain));
      }
      const manifest = isBundled(day) ? { [MANIFEST_FILE]: await manifestOf(files, anchors, day) } : {};
      await writeFile(archiveOf(dir, day), await tarOf({ ...manifest, ...files }));
    }
  } finally {
    await vendors.close();
  }
  await writeFile(join(dir, 'anchors.json'), anchorsText(anchors));
}

/** For another process to read. */
export function anchorsText({ vendors }: TrustAnchors): string {
  const written = Object.entries(vendors).map(
    ([vendor, { roots, intermediates }]): [string, WrittenAnchors] => [
      vendor,
      { roots: roots.map(base64), intermediates: intermediates.map(base64) },
    ],
  );
  return JSON.stringify(Object.fromEntries(written));
}

interface WrittenAnchors {
  readonly roots: readonly string[];
  readonly intermediates: readonly string[];
}

export function anchorsIn(written: Readonly<Record<string, WrittenAnchors>>): TrustAnchors {
  const vendors: Record<string, TrustAnchors['vendors']['amd']> = {};
  for (const [vendor, { roots, intermediates }] of Object.entries(written)) {
    const [root, ...more] = roots.map(bytesOf);
    if (root === undefined) throw new Error(`${vendor} has no root`);
    vendors[vendor] = { roots: [root, ...more], intermediates: intermediates.map(bytesOf) };
  }
  return { simulated: true, vendors };
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'base64'));
