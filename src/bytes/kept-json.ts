/** Reading JSON whose form is known: typed members. Throws TypeError for what is not there in its form. */
import type { JsonObject, JsonValue } from '../rats/result.js';
import { bytesOfHex } from './encoding.js';

export class KeptJson {
  readonly #value: JsonObject;

  constructor(value: JsonObject) {
    this.#value = value;
  }

  text(name: string): string {
    const value = this.#value[name];
    return typeof value === 'string' ? value : wrong(name, 'text');
  }

  integer(name: string): number {
    const value = this.#value[name];
    return typeof value === 'number' && Number.isSafeInteger(value) ? value : wrong(name, 'an integer');
  }

  flag(name: string): boolean {
    const value = this.#value[name];
    return typeof value === 'boolean' ? value : wrong(name, 'true or false');
  }

  /** `0x` and hex digits. */
  word(name: string): bigint {
    const text = this.text(name);
    return /^0x[0-9a-f]{1,16}$/.test(text) ? BigInt(text) : wrong(name, 'a word');
  }

  instant(name: string): Date {
    const instant = new Date(this.text(name));
    return Number.isNaN(instant.getTime()) ? wrong(name, 'an instant') : instant;
  }

  /** Hex of exactly so many bytes. */
  bytes(name: string, length: number): Uint8Array {
    const bytes = bytesOfHex(this.text(name));
    return bytes?.length === length ? bytes : wrong(name, `${length} bytes`);
  }

  integers(name: string): readonly number[] {
    return this.#list(name).map((item) => (typeof item === 'number' ? item : wrong(name, 'integers')));
  }

  object(name: string): KeptJson {
    return new KeptJson(objectOf(this.#value[name], name));
  }

  objects(name: string): readonly KeptJson[] {
    return this.#list(name).map((item) => new KeptJson(objectOf(item, name)));
  }

  /** As it was kept. */
  json(name: string): JsonObject {
    return objectOf(this.#value[name], name);
  }

  /** `read`, or null where the member is null or absent. */
  orNull<T>(name: string, read: (kept: KeptJson) => T): T | null {
    const value = this.#value[name];
    return value === null || value === undefined ? null : read(this);
  }

  #list(name: string): readonly JsonValue[] {
    const value = this.#value[name];
    return Array.isArray(value) ? value : wrong(name, 'a list');
  }
}

function objectOf(value: JsonValue | undefined, name: string): JsonObject {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as JsonObject) : wrong(name, 'an object');
}

function wrong(name: string, expected: string): never {
  throw new TypeError(`there is no ${name} that is ${expected}`);
}
