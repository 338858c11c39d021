/** Pages of a list, and single resources with their entity tags. */
import type { z } from 'zod';
import { refuse } from '../rats/refusal.js';
import type { JsonObject } from '../rats/result.js';
import type { Page, PageRequest } from '../verifier/ports.js';
import { conform } from './body.js';
import { etagOf, hasAlready, tagsOf } from './caching.js';
import { type Call, json, type Reply, type ReplyForm } from './route.js';

import { PageQuery } from './schemas/common.js';

const DEFAULT_LIMIT = 50;

export function pageRequestOf({ query }: Call): PageRequest {
  return pageRequestFrom(conform(query, PageQuery));
}

/** Of a list that takes more than these two. */
export function pageRequestFrom({ limit, cursor }: z.infer<typeof PageQuery>): PageRequest {
  return { limit: limit === undefined ? DEFAULT_LIMIT : Number(limit), cursor: cursor ?? null };
}

export function pageReply<T>(page: Page<T>, itemOf: (item: T) => JsonObject): Reply {
  return json(200, { items: page.items.map(itemOf), next_cursor: page.nextCursor });
}

/** How the replies of `resourceReply` are described. */
export function resourceForms(description: string, schema: z.ZodType): Readonly<Record<number, ReplyForm>> {
  return {
    200: { description, schema, headers: ['ETag'] },
    304: { description: 'The client has it already', schema: null, headers: ['ETag'] },
  };
}

/** One resource with its entity tag; 304 when the client has it already. */
export function resourceReply(call: Call, resource: JsonObject): Reply {
  const etag = etagOf(JSON.stringify(resource));
  const headers = { ETag: etag };
  if (hasAlready(call, etag)) {
    return { status: 304, headers, content: { text: '', type: 'application/json' } };
  }
  return json(200, resource, headers);
}

/** Refuses `version_conflict` when the client has seen another state than the present one. */
export function requireMatch(call: Call, resource: JsonObject): void {
  const wanted = call.header('if-match');
  if (wanted === undefined) return;
  const etag = etagOf(JSON.stringify(resource));
  if (tagsOf(wanted).some((tag) => tag === '*' || tag === etag)) return;
  refuse(
    'version_conflict',
    'request',
    'The resource is no longer in the state that `If-Match` names; read it again.',
  );
}

/** RFC 3339 or null. */
export function instantOf(date: Date | null): string | null {
  return date === null ? null : date.toISOString();
}
