/**
 * Strict JSON (RFC 8259) for requests and vendor documents alike. Where JSON.parse lets two readers disagree,
 * this one refuses: duplicate members, ill-formed UTF-8, lone surrogates, a byte order mark, deep nesting.
 */
import { refuse } from '../rats/refusal.js';
import type { JsonObject, JsonValue } from '../rats/result.js';
import { refuseEncoding, refuseRepetition, refuseSize } from '../rats/shared-refusals.js';

/** Arrays and objects inside one another. */
export const JSON_MAX_DEPTH = 32;

/** Arrays, objects, strings, numbers and words together; the longest vendor documents have some five hundred. */
export const JSON_MAX_VALUES = 16_384;

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
/** A string token that means what it spells: the common one. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the grammar of RFC 8259 forbids exactly these.
const PLAIN_STRING = /"[^"\\\u0000-\u001f\ud800-\udfff]*"/y;
/** A whole string token: no control characters, only the escapes of the grammar. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the grammar of RFC 8259 forbids exactly these.
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const WORDS: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

/**
 * One JSON value and nothing after it. Refuses with `member_duplicate`, `json_too_deep`,
 * `evidence_too_large` for too many values or, for everything else that is not JSON, `evidence_encoding_invalid`.
 * The caller bounds the size before. `maxValues`: for documents that list many things.
 */
export function parseJson(bytes: Uint8Array, maxValues: number = JSON_MAX_VALUES): JsonValue {
  const scanner = new Scanner(decodeUtf8(bytes), maxValues);
  return scanner.document();
}

/** As `parseJson`, for documents that must be an object. */
export function parseJsonObject(bytes: Uint8Array): JsonObject {
  return objectOf(parseJson(bytes));
}

/** An object, and what of the document each of its members was read from. */
export interface SlicedJsonObject {
  readonly value: JsonObject;
  /** By member name: the bytes of the value as received, first to last, no white space around; views. */
  readonly slices: ReadonlyMap<string, Uint8Array>;
}

/** As `parseJsonObject`, for documents in which a signature covers the text of one member and not its meaning. */
export function sliceJsonObject(bytes: Uint8Array): SlicedJsonObject {
  const text = decodeUtf8(bytes);
  const scanner = new Scanner(text);
  const value = objectOf(scanner.document());
  const slices = new Map<string, Uint8Array>();
  // Well-formed UTF-8 has one encoding, so counting it again, from member to member, finds the places received.
  let [units, offset] = [0, 0];
  for (const [name, { start, end }] of scanner.spans) {
    const first = offset + Buffer.byteLength(text.slice(units, start));
    const last = first + Buffer.byteLength(text.slice(start, end));
    slices.set(name, bytes.subarray(first, last));
    [units, offset] = [end, last];
  }
  return { value, slices };
}

function objectOf(value: JsonValue): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    refuseEncoding('The JSON document must be an object.');
  }
  return value as JsonObject;
}

function decodeUtf8(bytes: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuseEncoding('The JSON document is not well-formed UTF-8.');
  }
  return text;
}

/** A cursor over the text. Offsets in its refusals count UTF-16 units; no submitted text is repeated. */
class Scanner {
  /** Where the values of the outermost object's members stand, in UTF-16 units. */
  readonly spans = new Map<string, { readonly start: number; readonly end: number }>();
  private at = 0;
  private values = 0;

  constructor(
    private readonly text: string,
    private readonly maxValues: number = JSON_MAX_VALUES,
  ) {}

  document(): JsonValue {
    const value = this.value(0);
    this.take(SPACE);
    if (this.at !== this.text.length) this.fail('there is something after the document');
    return value;
  }

  private value(depth: number): JsonValue {
    this.values += 1;
    // Bytes alone do not bound the work: two make a value, and a value costs as much as some hundred bytes of text.
    if (this.values > this.maxValues) {
      refuseSize('parse', `The JSON has more than ${this.maxValues} values.`);
    }
    this.take(SPACE);
    const next = this.text[this.at];
    if (next === '{') return this.object(depth + 1);
    if (next === '[') return this.array(depth + 1);
    if (next === '"') return this.string();
    for (const [word, value] of WORDS) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.number();
  }

  private object(depth: number): JsonValue {
    this.descend(depth);
    const members = new Map<string, JsonValue>();
    if (this.skip('}')) return {};
    do {
      this.take(SPACE);
      if (this.text[this.at] !== '"') this.fail('a member name is expected');
      const name = this.string();
      if (members.has(name)) this.failDuplicate();
      if (!this.skip(':')) this.fail('a colon is expected');
      this.take(SPACE);
      const start = this.at;
      members.set(name, this.value(depth));
      if (depth === 1) this.spans.set(name, { start, end: this.at });
    } while (this.skip(','));
    if (!this.skip('}')) this.fail('a comma or the end of the object is expected');
    // Defines own properties, so that a member called __proto__ is a member like any other.
    return Object.fromEntries(members);
  }

  private array(depth: number): JsonValue {
    this.descend(depth);
    const items: JsonValue[] = [];
    if (this.skip(']')) return items;
    do {
      items.push(this.value(depth));
    } while (this.skip(','));
    if (!this.skip(']')) this.fail('a comma or the end of the array is expected');
    return items;
  }

  private string(): string {
    const plain = this.take(PLAIN_STRING);
    if (plain !== '') return plain.slice(1, -1);
    const token = this.take(STRING);
    if (token === '') this.fail('a string is not well formed');
    const value: string = JSON.parse(token);
    if (LONE_SURROGATE.test(value)) this.fail('a string holds half of a surrogate pair');
    return value;
  }

  private number(): number {
    const token = this.take(NUMBER);
    if (token === '') this.fail('a value is expected');
    const value = Number(token);
    if (!Number.isFinite(value)) this.fail('a number is out of range');
    return value;
  }

  private descend(depth: number): void {
    this.at += 1;
    if (depth > JSON_MAX_DEPTH) {
      refuse('json_too_deep', 'parse', `The JSON nests deeper than ${JSON_MAX_DEPTH} levels.`);
    }
  }

  /** Skips white space and then `mark`; false, after the white space, when something else stands there. */
  private skip(mark: string): boolean {
    this.take(SPACE);
    if (this.text[this.at] !== mark) return false;
    this.at += 1;
    return true;
  }

  private take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text)?.[0] ?? '';
    this.at += match.length;
    return match;
  }

  private fail(reason: string): never {
    refuseEncoding(`Not valid JSON: at offset ${this.at} ${reason}.`);
  }

  private failDuplicate(): never {
    refuseRepetition('parse', `The JSON repeats a member name before offset ${this.at}.`, {
      facts: { offset: this.at },
    });
  }
}
