/** Entity tags, and replies that a cache may keep. */
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { type Call, JSON_TYPE, type Reply, type ReplyForm } from './route.js';

/** Strong: of the very bytes. */
export function etagOf(text: string): string {
  return `"${createHash('sha256').update(text, 'utf8').digest('base64url').slice(0, 22)}"`;
}

/** The tags of `If-Match` or `If-None-Match`; a weak one counts like a strong one. */
export function tagsOf(header: string | undefined): readonly string[] {
  return header === undefined ? [] : header.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
}

/** True when the client has it already. */
export function hasAlready(call: Call, etag: string): boolean {
  return tagsOf(call.header('if-none-match')).some((tag) => tag === '*' || tag === etag);
}

export interface Cacheable {
  readonly text: string;
  readonly type: string;
  /** Of the text. */
  readonly etag: string;
}

/** The text with its entity tag and how long it may be kept; 304 when the client has it already. */
export function cachedReply(call: Call, { text, type, etag }: Cacheable, cacheControl: string): Reply {
  const headers = { 'Cache-Control': cacheControl, ETag: etag };
  if (hasAlready(call, etag)) return { status: 304, headers, content: { text: '', type } };
  return { status: 200, headers, content: { text, type } };
}

/** How the replies of `cachedReply` are described; `text` names the media type of what is no JSON. */
export function cachedForms(
  description: string,
  schema: z.ZodType | null,
  text: readonly string[] = [],
): Readonly<Record<number, ReplyForm>> {
  const headers = ['Cache-Control', 'ETag'] as const;
  return {
    200: { description, schema, text, headers },
    304: { description: 'The client has it already', schema: null, headers },
  };
}

/** A JSON document of this moment, to be kept like any other text. */
export function cacheableJson(value: unknown): Cacheable {
  const text = JSON.stringify(value);
  return { text, type: JSON_TYPE, etag: etagOf(text) };
}
