// Stored documents through the eyes of the scheme that they belong to, as an import sees them.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sha256 } from './generations.mjs';

/** For rows with `document`: their digest -> why the bytes are no document of that kind and subject any more. */
export async function findUnusable(rows, { build, anchors, documents }) {
  const { SCHEMES } = await import(pathToFileURL(join(build, 'src/tee/registry.js')).href);
  const faults = new Map();
  for (const row of rows) {
    const origin = documents.get(row.sha256);
    const fault =
      origin === undefined ? 'of unknown origin' : await faultOf(row, origin, { SCHEMES, anchors });
    if (fault !== null) faults.set(row.sha256, fault);
  }
  return faults;
}

async function faultOf({ kind, subject, sha256: digest, document }, origin, { SCHEMES, anchors }) {
  const bytes = new Uint8Array(document);
  if (sha256(bytes) !== digest) return 'its bytes have another digest';
  const directory = origin.path.slice(0, origin.path.lastIndexOf('/') + 1);
  const name = origin.path.slice(directory.length);
  const scheme = SCHEMES.find(({ endorsementFiles }) => endorsementFiles.includes(name));
  const beside = (other) => origin.beside?.get(`${directory}${other}`) ?? null;
  try {
    // A certificate is verified in the chain that it came in.
    const context = { anchors, track: 'standard', beside };
    const read = await scheme.readEndorsement(name, origin.chain ?? bytes, context);
    const same = read.some(
      (found) => found.kind === kind && found.subject === subject && found.sha256 === digest,
    );
    return same ? null : 'is read as something else';
  } catch (error) {
    return error.message;
  }
}
