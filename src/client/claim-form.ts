/** The form of claims: members with their types, or a refusal that names the member. */
import type { JsonObject, JsonValue } from '../rats/result.js';
import { refuseToken } from './refused.js';

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Some text; `name` is that of the claim. */
export function textOf(value: JsonValue | undefined, name: string): string {
  return typeof value === 'string' && value !== '' ? value : refuseClaims(`\`${name}\` is not a text`);
}

/** The token is authentic, and not what such a token is. */
export function refuseClaims(why: string): never {
  return refuseToken('token_claims', `The claims are not those of an attestation token: ${why}.`);
}
