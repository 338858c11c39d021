/** What vendors are asked for, as data: which service, which path, and what the answer is read as. Nothing here asks. */
import type { EndorsementRequirement, EndorsementTrack, Vendor } from './endorsement.js';

/** A vendor's service; configuration may put another base in its place, a cache server in the house for example. */
export interface VendorService {
  /** `amd-kds`, `intel-pcs`, `intel-certificates`. */
  readonly name: string;
  readonly vendor: Vendor;
  /** Where the vendor has it: https, without a slash at the end. */
  readonly base: string;
  /** Seconds between rationed requests that the vendor bears from one address; null: it rations nothing. */
  readonly ration: number | null;
}

/** One document to ask for. Whatever of it comes from evidence was checked against its form. */
export interface VendorRequest {
  /** Name of the service. */
  readonly service: string;
  /** After the base; begins with a slash, the query included. */
  readonly path: string;
  readonly requirement: Pick<EndorsementRequirement, 'kind' | 'subject'>;
  readonly track: EndorsementTrack;
  /** File of the endorsement layout that the body is read as. */
  readonly file: string;
  /** `hex`: the body is hex text of the document, as cache servers give the root's list. */
  readonly encoding: 'bytes' | 'hex';
  /** Reply headers that bring files which belong beside it: URL-encoded PEM. */
  readonly beside: readonly { readonly header: string; readonly file: string }[];
  /** Counts against the service's ration. */
  readonly rationed: boolean;
  /**
   * A document that need not exist: a 404 for it is believed while this path of the service, of one that does exist,
   * answers 200. Services in trouble have said 404 to everything. Null: there is one, whatever the service says.
   */
  readonly witness: string | null;
}

/** How asking a vendor ends, in words for records, replies and metrics: the kinds of `FetchResult`. */
export const REFRESH_RESULTS = [
  'kept',
  'not-found',
  'rate-limited',
  'unavailable',
  'refused',
  'older',
] as const;
export type RefreshResult = (typeof REFRESH_RESULTS)[number];
