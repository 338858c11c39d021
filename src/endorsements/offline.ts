/**
 * Vendor documents from a directory, by the file names that the schemes give them. Any subset of the layout may
 * be there; files of other names are ignored. What no vendor signs counts there by the word of whoever named the
 * directory, where it is newer than what ships with this build.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EndorsementRequirement, EndorsementSet } from '../rats/endorsement.js';
import { refuseRequest } from '../rats/shared-refusals.js';
import { SCHEMES } from '../tee/registry.js';
import type { Scheme } from '../tee/scheme.js';
import { countingAmong } from './shipped.js';

/** A directory as it was when it was read. */
export interface EndorsementDirectory {
  /** DER or PEM, unauthenticated: what may travel beside evidence of a TEE. */
  certificatesFor(scheme: Pick<Scheme, 'certificateFiles'>): readonly Uint8Array[];
  /**
   * The documents at hand for the requirements, exactly as on disk. Which product a file is about stands in no
   * file name, so each is offered as what was asked for; authentication finds out whether it is.
   */
  endorsementsFor(requirements: readonly EndorsementRequirement[], at: Date): EndorsementSet;
}

/**
 * Refuses (`request_invalid`) a directory or file of the layout that cannot be read, and (`collateral_malformed`) a table
 * of bulletins that is not of its form.
 */
export async function readEndorsementDirectory(dir: string): Promise<EndorsementDirectory> {
  const vouched = SCHEMES.flatMap((scheme) => scheme.vouched ?? []);
  const names = new Set([
    ...SCHEMES.flatMap(({ endorsementFiles }) => [...endorsementFiles]),
    ...vouched.map(({ file }) => file),
  ]);
  const files = new Map<string, Uint8Array>();
  for (const name of names) {
    const bytes = await readIfThere(dir, name);
    if (bytes !== null) files.set(name, bytes);
  }
  // Passed over in silence, a table of another form would leave the verdict to an older one.
  for (const { file, read } of vouched) {
    const bytes = files.get(file);
    if (bytes !== undefined) read(bytes);
  }
  const present = (name: string): Uint8Array[] => {
    const bytes = files.get(name);
    return bytes === undefined ? [] : [bytes];
  };
  return {
    certificatesFor: ({ certificateFiles }) => certificateFiles.flatMap(present),
    endorsementsFor: (requirements, at) => {
      const found = requirements.flatMap((requirement) =>
        filesOf(requirement.kind)
          .flatMap(present)
          .map((bytes) => ({ ...requirement, bytes })),
      );
      return countingAmong(found, { requirements, instant: { at, tense: 'now' }, schemes: SCHEMES });
    },
  };
}

function filesOf(kind: string): readonly string[] {
  return SCHEMES.flatMap(
    ({ fileOf, vouched }) => (vouched?.kind === kind ? vouched.file : fileOf(kind)) ?? [],
  );
}

async function readIfThere(dir: string, name: string): Promise<Uint8Array | null> {
  try {
    return new Uint8Array(await readFile(join(dir, name)));
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : error;
    if (code === 'ENOENT') return null;
    return refuseRequest(`${join(dir, name)} cannot be read (${String(code)}).`);
  }
}
