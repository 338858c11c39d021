/** One link of a chain of trust, as data: what holds it, and how people read of it. */
import type { RefusalCode } from '../../../rats/refusal.js';
import type { JsonObject } from '../../../rats/result.js';

/** What a link is called, and what is said of it when everything held. */
export interface Caption {
  readonly name: string;
  readonly says: string;
}

export interface Link extends Caption {
  /** The same for genuine evidence, whose claims tell who signed it; null where they do not. */
  readonly genuine?: (claims: JsonObject) => Caption | null;
  /** What holds this link; the first that fails is named beside it. */
  readonly checks: readonly RefusalCode[];
  /** Those of them that do not apply to every key: not having run, they leave nothing open. */
  readonly mayNotApply?: readonly RefusalCode[];
  /** Kinds of endorsements whose windows are shown. */
  readonly documents: readonly string[];
  /** Revocation lists that speak about it. */
  readonly lists: readonly string[];
}

export function captioned(name: string, says: string): Caption {
  return { name, says };
}
