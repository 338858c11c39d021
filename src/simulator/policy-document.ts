/** The policy that a faulted guest needs for its fault to show. */
import type { JsonObject } from '../rats/result.js';

/** What `assay verify --policy` takes; what is absent is as in policy `standard`. */
export interface PolicyDocument {
  readonly name: string;
  readonly common?: JsonObject;
  readonly snp?: JsonObject;
  readonly tdx?: JsonObject;
  readonly rules?: readonly JsonObject[];
}
