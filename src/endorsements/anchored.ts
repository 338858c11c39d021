/** What trust anchors and this build bring with them, in the words in which evidence asks for documents. */
import type { EndorsementRequirement, TrustAnchors } from '../rats/endorsement.js';
import { outcomeOf } from '../rats/outcome.js';
import type { Scheme } from '../tee/scheme.js';

/** Keys of kind and subject. */
export type AnchoredDocuments = ReadonlySet<string>;

export function documentKey({ kind, subject }: EndorsementRequirement): string {
  return `${kind}\0${subject}`;
}

/** A certificate among the anchors is whatever its scheme reads in it, in the files that hold certificates. */
export async function broughtBy(
  anchors: TrustAnchors,
  schemes: readonly Pick<Scheme, 'vendor' | 'certificateFiles' | 'readEndorsement' | 'vouched'>[],
): Promise<AnchoredDocuments> {
  const context = { anchors, track: 'standard', beside: () => null } as const;
  const keys = new Set<string>();
  for (const { vendor, certificateFiles, readEndorsement, vouched } of schemes) {
    for (const document of vouched?.shipped ?? []) keys.add(documentKey(document));
    for (const der of anchors.vendors[vendor]?.intermediates ?? []) {
      for (const file of certificateFiles) {
        const read = await outcomeOf(() => readEndorsement(file, der, context));
        if (read.ok) for (const document of read.value) keys.add(documentKey(document));
      }
    }
  }
  return keys;
}
