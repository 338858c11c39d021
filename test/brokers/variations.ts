/** The claims of a token, and the same with one thing about them otherwise. */
import type { JsonObject, JsonValue } from '../../src/rats/result.js';

export interface Variation {
  readonly what: string;
  readonly claims: JsonObject;
}

/** What a rule may look at, and a value that none of the recipes wants there. */
const UNWANTED: Readonly<Record<string, JsonValue>> = {
  ear_status: 'warning',
  iss: 'https://attest.example/t/stranger',
  aud: 'another-broker',
  sub: 'tenant:stranger:workload:llm-serving',
  'att.tenant': 'stranger',
  'att.workload': 'another',
  'att.tcb_status': 'OutOfDate',
  'att.debug': true,
};

/** Of each of the named members twice: with an unwanted value, and left out. */
export function variationsOf(claims: JsonObject, members: readonly string[]): readonly Variation[] {
  return members.flatMap((member) => [
    { what: `${member} otherwise`, claims: withMember(claims, member, otherwise(claims, member)) },
    { what: `no ${member}`, claims: withMember(claims, member, undefined) },
  ]);
}

function otherwise(claims: JsonObject, member: string): JsonValue {
  // What counts as wanted here is what the tokens of a test say.
  if (member === 'att.simulated') return !objectAt(claims, 'att').simulated;
  const value = UNWANTED[member];
  if (value === undefined) throw new Error(`no unwanted value for ${member}`);
  return value;
}

function withMember(claims: JsonObject, member: string, value: JsonValue | undefined): JsonObject {
  const [name = '', inner] = member.split('.');
  const changed = inner === undefined ? value : withMember(objectAt(claims, name), inner, value);
  const rest = Object.entries(claims).filter(([other]) => other !== name);
  return Object.fromEntries(changed === undefined ? rest : [...rest, [name, changed]]);
}

function objectAt(claims: JsonObject, name: string): JsonObject {
  const value = claims[name];
  if (!isObject(value)) throw new Error(`no object ${name}`);
  return value;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
