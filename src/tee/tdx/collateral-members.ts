/**
 * Reading Intel's JSON documents member by member, strictly: a member that nobody asked for refuses the
 * document, for what is not read cannot be judged. Hex of either case is read, and given out in lowercase.
 */
import { bytesOfHex, hexOf } from '../../bytes/encoding.js';
import type { JsonValue } from '../../rats/result.js';

/** The document is not what Intel publishes. Callers turn it into their own refusal. */
export class MalformedCollateral extends Error {
  override readonly name = 'MalformedCollateral';
}

/** A form without fractions and offsets, and the only one in use. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;
/** Ids and status words: short, and fit to be printed. */
const WORD = /^[\x21-\x7e]{1,64}$/;
const NAME = /^\w{1,64}$/;

/** Hands `read` the members of the object at `where`; a member that it leaves unread is refused. */
export function readMembers<T>(value: JsonValue, where: string, read: (members: Members) => T): T {
  const members = new Members(value, where);
  const result = read(members);
  members.end();
  return result;
}

/** The members of one object. Every reader throws MalformedCollateral, naming the member. */
export class Members {
  private readonly unread: Map<string, JsonValue>;

  constructor(
    value: JsonValue,
    readonly where: string,
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new MalformedCollateral(`${where} is not an object`);
    }
    this.unread = new Map(Object.entries(value));
  }

  has(name: string): boolean {
    return this.unread.has(name);
  }

  take(name: string): JsonValue {
    const value = this.unread.get(name);
    if (value === undefined) throw this.broken(name, 'is missing');
    this.unread.delete(name);
    return value;
  }

  text(name: string): string {
    const value = this.take(name);
    if (typeof value !== 'string') throw this.broken(name, 'is not a string');
    return value;
  }

  /** One to 64 printable characters without a space. */
  word(name: string): string {
    const text = this.text(name);
    if (!WORD.test(text)) throw this.broken(name, 'is not a word');
    return text;
  }

  oneOf<W extends string>(name: string, words: readonly W[]): W {
    const text = this.text(name);
    const word = words.find((candidate) => candidate === text);
    if (word === undefined) throw this.broken(name, `is none of ${words.join(', ')}`);
    return word;
  }

  /** 0 to `max`. */
  integer(name: string, max: number): number {
    const value = this.take(name);
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max) {
      throw this.broken(name, `is not an integer of 0 to ${max}`);
    }
    return value;
  }

  bytes(name: string, length: number): Uint8Array {
    const bytes = bytesOfHex(this.text(name));
    if (bytes?.length !== length) throw this.broken(name, `is not ${length * 2} hex digits`);
    return bytes;
  }

  hex(name: string, length: number): string {
    return hexOf(this.bytes(name, length));
  }

  /** ISO 8601 in UTC, `2025-06-19T10:16:03Z`, and a day of the calendar. */
  instant(name: string): Date {
    const text = this.text(name);
    const instant = new Date(INSTANT.test(text) ? text : Number.NaN);
    // The 31st of June would become the first of July.
    const real = !Number.isNaN(instant.getTime()) && instant.toISOString() === text.replace('Z', '.000Z');
    if (!real) throw this.broken(name, 'is not a UTC instant');
    return instant;
  }

  list<T>(name: string, read: (item: JsonValue, where: string) => T): readonly T[] {
    const value = this.take(name);
    if (!Array.isArray(value)) throw this.broken(name, 'is not a list');
    return value.map((item: JsonValue, index) => read(item, `${this.where}.${name}[${index}]`));
  }

  /** As `list`, refused when there is nothing in it. */
  filledList<T>(name: string, read: (item: JsonValue, where: string) => T): readonly T[] {
    const items = this.list(name, read);
    if (items.length === 0) throw this.broken(name, 'is empty');
    return items;
  }

  words(name: string): readonly string[] {
    return this.list(name, (item, where) => {
      if (typeof item !== 'string' || !WORD.test(item))
        throw new MalformedCollateral(`${where} is not a word`);
      return item;
    });
  }

  object<T>(name: string, read: (members: Members) => T): T {
    return readMembers(this.take(name), `${this.where}.${name}`, read);
  }

  end(): void {
    const [name] = this.unread.keys();
    if (name === undefined) return;
    const shown = NAME.test(name) ? name : 'not fit to be printed';
    throw new MalformedCollateral(`${this.where} has an unknown member (${shown})`);
  }

  private broken(name: string, what: string): MalformedCollateral {
    return new MalformedCollateral(`${this.where}.${name} ${what}`);
  }
}
