/** Changes to JSON that leave it JSON, and some that two readers would not agree about. */
import type { JsonValue } from '../../src/rats/result.js';
import type { Change } from './mutation.js';

interface Place {
  readonly parent: Record<string, JsonValue> | JsonValue[];
  readonly key: string;
}

const NUMBERS = [0, -1, 1, 255, 256, 65_535, 65_536, 2 ** 31, 2 ** 32, 2 ** 53, 1e21, 0.5, 1e-7];

/** One value of the tree changed; the input itself where it is not JSON. */
export function changeJson(bytes: Uint8Array, { at, to, choice, octets }: Change): Uint8Array {
  let tree: JsonValue;
  try {
    tree = JSON.parse(Buffer.from(bytes).toString('utf8')) as JsonValue;
  } catch {
    return bytes;
  }
  const places = placesIn(tree);
  const pick = (share: number): Place | undefined =>
    places[Math.min(places.length - 1, Math.floor(share * places.length))];
  const [place, other] = [pick(at), pick(to)];
  if (place === undefined || other === undefined) return bytes;
  const value = valueAt(place);
  const text = Buffer.from(octets).toString('latin1');
  switch (choice % 13) {
    case 0:
      setAt(place, NUMBERS[(choice >>> 4) % NUMBERS.length] ?? 0);
      break;
    case 1:
      setAt(place, [null, true, '', [], {}, text][(choice >>> 4) % 6] ?? null);
      break;
    case 2:
      swap(place, other);
      break;
    case 3:
      remove(place);
      break;
    case 4:
      add(place, text, value);
      break;
    case 5:
      setAt(place, changedText(value, choice));
      break;
    case 6:
      setAt(place, JSON.parse(JSON.stringify(valueAt(other))) as JsonValue);
      break;
    case 7:
      // The same member twice, spelt as it is or with an escape.
      return Buffer.from(twice(JSON.stringify(tree), choice), 'utf8');
    case 8:
      return Buffer.from(JSON.stringify(tree, null, choice % 5), 'utf8');
    case 9:
      return Buffer.from(JSON.stringify(reordered(tree)), 'utf8');
    case 10:
    case 11:
      setAt(place, changedBytes(value, choice, octets));
      break;
    default:
      for (let depth = choice % 40; depth > 0; depth -= 1) setAt(place, [valueAt(place)]);
  }
  return Buffer.from(JSON.stringify(tree), 'utf8');
}

function placesIn(tree: JsonValue): Place[] {
  if (typeof tree !== 'object' || tree === null) return [];
  const parent = tree as Place['parent'];
  return Object.keys(parent).flatMap((key) => [{ parent, key }, ...placesIn(valueAt({ parent, key }))]);
}

function valueAt({ parent, key }: Place): JsonValue {
  return (Array.isArray(parent) ? parent[Number(key)] : parent[key]) ?? null;
}

function setAt({ parent, key }: Place, value: JsonValue): void {
  if (Array.isArray(parent)) parent[Number(key)] = value;
  else Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
}

/** Not where one lies within the other: the tree must stay one. */
function swap(one: Place, other: Place): void {
  const [first, second] = [JSON.stringify(valueAt(one)), JSON.stringify(valueAt(other))];
  setAt(one, JSON.parse(second) as JsonValue);
  setAt(other, JSON.parse(first) as JsonValue);
}

function remove({ parent, key }: Place): void {
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
}

function add({ parent, key }: Place, name: string, value: JsonValue): void {
  if (Array.isArray(parent)) parent.splice(Number(key), 0, value);
  else setAt({ parent, key: name }, value);
}

function changedText(value: JsonValue, choice: number): JsonValue {
  if (typeof value === 'number') return value + (choice % 2 === 0 ? 1 : -1);
  if (typeof value !== 'string') return [value];
  const at = (choice >>> 4) % (value.length + 1);
  const changed = [
    value.slice(0, at),
    `${value.slice(0, at)}${'A0+/-_= \n\u0000\ud83d'[choice % 12] ?? 'z'}${value.slice(at + 1)}`,
    value.toUpperCase(),
    value.toLowerCase(),
    `${value}=`,
    value.replaceAll('-', '+').replaceAll('_', '/'),
    value.repeat(1 + (choice % 3)),
  ];
  return changed[(choice >>> 8) % changed.length] ?? '';
}

/** Where text is base64, the bytes in it with some octets written over; more often than not that is evidence. */
function changedBytes(value: JsonValue, choice: number, octets: Uint8Array): JsonValue {
  if (typeof value !== 'string') return value;
  const encoding = /[-_]/.test(value) || value.length % 4 !== 0 ? 'base64url' : 'base64';
  const bytes = Buffer.from(value, encoding);
  if (bytes.length === 0) return value;
  const at = (choice >>> 4) % bytes.length;
  if (choice % 3 === 0) return bytes.subarray(0, at).toString(encoding);
  bytes.set(octets.subarray(0, Math.min(octets.length, 1 + (choice % 4), bytes.length - at)), at);
  return bytes.toString(encoding);
}

function twice(text: string, choice: number): string {
  const members = [...text.matchAll(/"(\w+)":/g)];
  const member = members[(choice >>> 4) % Math.max(1, members.length)];
  const [name = ''] = member?.[1] ?? [''];
  if (member?.[1] === undefined) return text;
  const escaped = `\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${member[1].slice(1)}`;
  const spelt = choice % 2 === 0 ? member[1] : escaped;
  return `${text.slice(0, member.index)}"${spelt}":0,${text.slice(member.index)}`;
}

function reordered(tree: JsonValue): JsonValue {
  if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) return tree;
  return Object.fromEntries(Object.entries(tree).reverse()) as JsonValue;
}
