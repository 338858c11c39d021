/** Under which name of the layout a document reads back as itself, in which series, and with what beside it. */
import {
  ENDORSEMENT_TRACKS,
  type EndorsementDocument,
  type EndorsementTrack,
  type TrustAnchors,
} from '../../rats/endorsement.js';
import { type RefusalCode, RefusalError } from '../../rats/refusal.js';
import { invalidRequest, refuseDocument } from '../../rats/shared-refusals.js';
import type { Scheme } from '../../tee/scheme.js';
import { pemOf } from './pem.js';

export type BundledScheme = Pick<Scheme, 'fileOf' | 'endorsementFiles' | 'readEndorsement' | 'vouched'>;

/** A document of the store, or one that this build ships. */
export type Held = Pick<
  EndorsementDocument,
  'kind' | 'subject' | 'sha256' | 'issuedAt' | 'expiresAt' | 'bytes'
>;

/** Where a document goes, and what lies beside it. */
export interface Placed {
  readonly name: string;
  readonly track: EndorsementTrack | null;
  readonly beside: readonly { readonly name: string; readonly document: Held }[];
}

/** A code: it does not verify any more. */
export async function placeOf(
  document: Held,
  held: readonly Held[],
  { schemes, anchors }: { readonly schemes: readonly BundledScheme[]; readonly anchors: TrustAnchors },
): Promise<Placed | { readonly code: RefusalCode }> {
  const vouched = schemes.find((scheme) => scheme.vouched?.kind === document.kind)?.vouched;
  if (vouched) return { name: vouched.file, track: null, beside: [] };
  const scheme = schemes.find(({ fileOf }) => fileOf(document.kind) !== null);
  // A later build may have kept what this one does not know.
  if (scheme === undefined) return { code: invalidRequest('There is no such kind of document.').code };
  let code: RefusalCode | null = null;
  // A kind may have files of several names: both sorts of leaf are one kind.
  const usual = scheme.fileOf(document.kind);
  for (const name of [...new Set([usual ?? '', ...scheme.endorsementFiles])]) {
    const tracks: EndorsementTrack[] = [];
    let beside: Placed['beside'] = [];
    for (const track of ENDORSEMENT_TRACKS) {
      const read = await readBeside({ document, name, track, held, scheme, anchors });
      if ('code' in read) {
        // What is wrong with it as what it is, not as something else.
        code ??= read.code;
      } else {
        tracks.push(track);
        beside = read.beside;
      }
    }
    const [only, ...more] = tracks;
    if (only !== undefined) return { name, track: more.length > 0 ? null : only, beside };
  }
  if (code === null) throw new TypeError('a document that was read as no file has a code');
  return { code };
}

interface Reading {
  readonly document: Held;
  readonly name: string;
  readonly track: EndorsementTrack;
  readonly held: readonly Held[];
  readonly scheme: BundledScheme;
  readonly anchors: TrustAnchors;
}

/** Read as an import would read it, with each document that may be what it asks for beside it, until one fits. */
async function readBeside(
  reading: Reading,
): Promise<Pick<Placed, 'beside'> | { readonly code: RefusalCode }> {
  const { document, scheme, held } = reading;
  const asked = new Set<string>();
  const alone = await readsBack(reading, (name) => void asked.add(name));
  if (alone === null) return { beside: [] };
  let code = alone;
  for (const name of asked) {
    const candidates = held.filter(({ kind }) => kind !== document.kind && scheme.fileOf(kind) === name);
    for (const candidate of candidates) {
      const outcome = await readsBack(reading, (other) => (other === name ? candidate : undefined));
      if (outcome === null) return { beside: [{ name, document: candidate }] };
      code = outcome;
    }
  }
  return { code };
}

/** Null: it reads back as itself; otherwise the code of the check that failed. */
async function readsBack(
  { document, name, track, scheme, anchors }: Reading,
  offered: (name: string) => Held | undefined,
): Promise<RefusalCode | null> {
  const beside = (other: string): Uint8Array | null => {
    const found = offered(other);
    return found === undefined ? null : fileBytes(other, found.bytes);
  };
  try {
    const read = await scheme.readEndorsement(name, fileBytes(name, document.bytes), {
      anchors,
      track,
      beside,
    });
    const same = read.some(
      ({ kind, subject, sha256 }) =>
        kind === document.kind && subject === document.subject && sha256 === document.sha256,
    );
    return same ? null : refuseStranger();
  } catch (error) {
    if (error instanceof RefusalError) return error.refusal.code;
    throw error;
  }
}

function refuseStranger(): never {
  refuseDocument('collateral_malformed', 'The file reads back as another document.');
}

/** Files that are named for it are PEM, for the tools that people look at them with. */
export function fileBytes(name: string, bytes: Uint8Array): Uint8Array {
  return name.endsWith('.pem') ? pemOf(bytes) : bytes;
}
