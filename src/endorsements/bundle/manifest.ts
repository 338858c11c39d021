/** What a bundle says of itself: where it comes from and, of each of its files, what it is and its digest. */
import { parseJson } from '../../bytes/json.js';
import { ENDORSEMENT_TRACKS, type EndorsementTrack, type Realm } from '../../rats/endorsement.js';
import type { JsonValue } from '../../rats/result.js';
import { refuseRequest } from '../../rats/shared-refusals.js';

export const SIGNATURE_FILE = 'manifest.jws';

/** A form that this build does not know is refused, whatever it holds. */
export const BUNDLE_FORMAT = 'assay-endorsements/1';

/** Member names are those of the document. Times: RFC 3339 UTC. */
export interface BundleEntry {
  readonly path: string;
  readonly kind: string;
  readonly subject: string;
  /** Null: the vendor publishes it once. */
  readonly track: EndorsementTrack | null;
  /** Lowercase hex of SHA-256 over the file as it is in the archive. */
  readonly sha256: string;
  readonly issued_at: string;
  readonly expires_at: string;
}

export interface BundleManifest {
  readonly format: typeof BUNDLE_FORMAT;
  readonly created_at: string;
  /** Issuer of the service that made it. */
  readonly issuer: string;
  readonly realm: Realm;
  readonly entries: readonly BundleEntry[];
  /** Documents that the store held and that did not verify any more, with the code of the check. */
  readonly left_out: readonly { readonly kind: string; readonly subject: string; readonly code: string }[];
}

/** Some thousand files with seven members each. */
const MAX_VALUES = 131_072;

export function writeManifest(manifest: BundleManifest): Uint8Array {
  return new Uint8Array(Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`, 'utf8'));
}

/** Strict: refuses with `request_invalid` what is not of this form, and as `parseJson` does what is no JSON. */
export function readManifest(bytes: Uint8Array): BundleManifest {
  const value = parseJson(bytes, MAX_VALUES);
  if (memberOf(value, 'format') !== BUNDLE_FORMAT) {
    malformed(`is not of the form ${BUNDLE_FORMAT}; a newer release of Assay may read it`);
  }
  const manifest = membersOf(value, 'manifest', [
    ...['format', 'created_at', 'issuer', 'realm', 'entries', 'left_out'],
  ]);
  return {
    format: BUNDLE_FORMAT,
    created_at: instantIn(manifest.created_at, 'created_at'),
    issuer: textIn(manifest.issuer, 'issuer'),
    realm: oneOf(manifest.realm, ['genuine', 'simulated'], 'realm'),
    entries: listIn(manifest.entries, 'entries').map(readEntry),
    left_out: listIn(manifest.left_out, 'left_out').map((item, index) => {
      const where = `left_out[${index}]`;
      const { kind, subject, code } = membersOf(item, where, ['kind', 'subject', 'code']);
      return {
        kind: textIn(kind, `${where}.kind`),
        subject: textIn(subject, `${where}.subject`),
        code: textIn(code, `${where}.code`),
      };
    }),
  };
}

function readEntry(value: JsonValue, index: number): BundleEntry {
  const where = `entries[${index}]`;
  const names = ['path', 'kind', 'subject', 'track', 'sha256', 'issued_at', 'expires_at'];
  const entry = membersOf(value, where, names);
  return {
    path: textIn(entry.path, `${where}.path`),
    kind: textIn(entry.kind, `${where}.kind`),
    subject: textIn(entry.subject, `${where}.subject`),
    track: entry.track === null ? null : oneOf(entry.track, ENDORSEMENT_TRACKS, `${where}.track`),
    sha256: textIn(entry.sha256, `${where}.sha256`, /^[0-9a-f]{64}$/),
    issued_at: instantIn(entry.issued_at, `${where}.issued_at`),
    expires_at: instantIn(entry.expires_at, `${where}.expires_at`),
  };
}

type Members = Readonly<Record<string, JsonValue | undefined>>;

function memberOf(value: JsonValue, name: string): JsonValue | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject && Object.hasOwn(value, name) ? (value as Members)[name] : undefined;
}

/** An object with these members and no others. */
function membersOf(value: JsonValue, where: string, names: readonly string[]): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return malformed(`has no object at ${where}`);
  }
  if (Object.keys(value).some((name) => !names.includes(name)))
    malformed(`has an unknown member in ${where}`);
  const missing = names.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) malformed(`lacks ${missing} in ${where}`);
  return value as Members;
}

function listIn(value: JsonValue | undefined, where: string): readonly JsonValue[] {
  return Array.isArray(value) ? value : malformed(`has no list at ${where}`);
}

function textIn(value: JsonValue | undefined, where: string, form = /^[\x20-\x7e]{1,255}$/): string {
  return typeof value === 'string' && form.test(value) ? value : malformed(`has no such text at ${where}`);
}

function oneOf<Word extends string>(
  value: JsonValue | undefined,
  words: readonly Word[],
  where: string,
): Word {
  return words.find((word) => word === value) ?? malformed(`has none of ${words.join(', ')} at ${where}`);
}

function instantIn(value: JsonValue | undefined, where: string): string {
  const text = textIn(value, where);
  const instant = new Date(text);
  if (Number.isNaN(instant.getTime()) || instant.toISOString() !== text)
    malformed(`has no instant at ${where}`);
  return text;
}

function malformed(what: string): never {
  refuseRequest(`The bundle’s manifest ${what}.`);
}
