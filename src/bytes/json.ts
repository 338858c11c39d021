/**
 * Strict JSON (RFC 8259) for requests and vendor documents alike. Where JSON.parse lets two readers disagree,
 * this one refuses: duplicate members, ill-formed UTF-8, lone surrogates, a byte order mark, deep nesting.
 */
import { refuse } from '../rats/refusal.js';
import type { JsonObject, JsonValue } from '../rats/result.js';

/** Arrays and objects inside one another. */
export const JSON_MAX_DEPTH = 32;

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
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
 * One JSON value and nothing after it. Refuses with `member_duplicate`, `json_too_deep` or, for everything
 * else that is not JSON, `evidence_encoding_invalid`. The caller bounds the size before.
 */
export function parseJson(bytes: Uint8Array): JsonValue {
  const scanner = new Scanner(decodeUtf8(bytes));
  return scanner.document();
}

/** As `parseJson`, for documents that must be an object. */
export function parseJsonObject(bytes: Uint8Array): JsonObject {
  const value = parseJson(bytes);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    refuse('evidence_encoding_invalid', 'parse', 'The JSON document must be an object.');
  }
  return value as JsonObject;
}

function decodeUtf8(bytes: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse('evidence_encoding_invalid', 'parse', 'The JSON document is not well-formed UTF-8.');
  }
  return text;
}

/** A cursor over the text. Offsets in its refusals count UTF-16 units; no submitted text is repeated. */
class Scanner {
  private at = 0;

  constructor(private readonly text: string) {}

  document(): JsonValue {
    const value = this.value(0);
    this.take(SPACE);
    if (this.at !== this.text.length) this.fail('there is something after the document');
    return value;
  }

  private value(depth: number): JsonValue {
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
      members.set(name, this.value(depth));
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
    const token = this.take(STRING);
    if (token === '') this.fail('a string is not well formed');
    const value: unknown = JSON.parse(token);
    if (typeof value !== 'string') throw new TypeError('a string token must decode to a string');
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
    refuse('evidence_encoding_invalid', 'parse', `Not valid JSON: at offset ${this.at} ${reason}.`);
  }

  private failDuplicate(): never {
    refuse('member_duplicate', 'parse', `The JSON repeats a member name before offset ${this.at}.`, {
      facts: { offset: this.at },
    });
  }
}
