// Fresh vendor documents without end: archives for the import, each of a generation of its own.
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const KINDS = ['VCEK', 'VLEK'];
/** How often an archive is older than the newest one, and by how many generations at most. */
const OLD = 0.25;
const OLDEST = 20;

/**
 * The n-th generation is dated n seconds after the start, an hour earlier as the simulator dates its documents; so
 * each one is newer than the one before and none is of the future.
 */
export function createGenerations({ simulator, vendor, intel, started, dice, documents }) {
  let newest = 0;
  const products = [...vendor.products.keys()];
  // Nothing stored: each document is minted for the instant that is asked for.
  const fresh = { ...intel, documents: new Map() };

  async function amdFiles(product, at) {
    const thisUpdate = new Date(at.getTime() - HOUR_MS);
    const window = { thisUpdate, nextUpdate: new Date(thisUpdate.getTime() + 365 * DAY_MS) };
    const lists = await Promise.all(
      KINDS.map((kind) => simulator.mintList(vendor, { product, kind, ...window })),
    );
    return lists.map(({ bytes }, index) => ({
      path: `${product}/${KINDS[index].toLowerCase()}_crl.der`,
      bytes,
    }));
  }

  async function intelFiles(at) {
    const files = await simulator.intelFiles(fresh, at);
    const directory = dice.pick([...new Set(files.map(directoryOf))]);
    return files.filter((file) => directoryOf(file) === directory);
  }

  return {
    /** An archive as the import takes it; what it holds is in `documents` before anybody can have stored it. */
    async next() {
      const old = newest > OLDEST && dice.chance(OLD);
      const generation = old ? newest - dice.whole(1, OLDEST) : newest + 1;
      newest = Math.max(newest, generation);
      const at = new Date(started.getTime() + generation * 1000);
      const files = [...(await amdFiles(dice.pick(products), at)), ...(await intelFiles(at))];
      enter(documents, files, generation);
      return { generation, tar: await archiveOf(files) };
    },
  };
}

/** Notes documents by the digest of their bytes. Certificates in a chain are documents of their own, always the same ones. */
export function enter(documents, files, generation) {
  for (const { path, bytes } of files) {
    if (!path.endsWith('.pem')) {
      documents.set(sha256(bytes), {
        generation,
        path,
        bytes,
        beside: new Map(files.map((file) => [file.path, file.bytes])),
      });
      continue;
    }
    for (const [, body] of Buffer.from(bytes).toString('latin1').matchAll(CERTIFICATE)) {
      const der = Buffer.from(body, 'base64');
      documents.set(sha256(der), { generation: 0, path, bytes: der, chain: bytes });
    }
  }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/gu;

function directoryOf({ path }) {
  return path.slice(0, path.lastIndexOf('/'));
}

export function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

async function archiveOf(files) {
  const archive = pack();
  for (const { path, bytes } of files) archive.entry({ name: path }, Buffer.from(bytes));
  archive.finalize();
  return buffer(archive);
}
