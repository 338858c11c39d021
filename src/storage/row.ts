/** Typed reading of rows. A column of another type than expected is a bug and throws TypeError. */
import type { JsonObject } from '../rats/result.js';
import type { Row } from './database.js';

function wrong(column: string, expected: string): never {
  throw new TypeError(`column ${column} does not hold ${expected}`);
}

export function textOf(row: Row, column: string): string {
  const value = row[column];
  return typeof value === 'string' ? value : wrong(column, 'text');
}

export function integerOf(row: Row, column: string): number {
  const value = row[column];
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : wrong(column, 'an integer');
}

export function bigintOf(row: Row, column: string): bigint {
  const value = row[column];
  return typeof value === 'bigint' ? value : wrong(column, 'a bigint');
}

export function booleanOf(row: Row, column: string): boolean {
  const value = row[column];
  return typeof value === 'boolean' ? value : wrong(column, 'a boolean');
}

export function dateOf(row: Row, column: string): Date {
  const value = row[column];
  return value instanceof Date ? value : wrong(column, 'a timestamp');
}

export function bytesOf(row: Row, column: string): Uint8Array {
  const value = row[column];
  return value instanceof Uint8Array ? value : wrong(column, 'bytes');
}

export function objectOf(row: Row, column: string): JsonObject {
  const value = row[column];
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as JsonObject) : wrong(column, 'a JSON object');
}

/** The elements are of the type that this code wrote. */
export function listOf<T>(row: Row, column: string): readonly T[] {
  const value = row[column];
  return Array.isArray(value) ? value : wrong(column, 'a JSON array');
}

/** One of a closed set of words. */
export function wordOf<const T extends string>(row: Row, column: string, words: readonly T[]): T {
  const value = row[column];
  return words.find((word) => word === value) ?? wrong(column, `one of ${words.join(', ')}`);
}

/** `read`, or null where the column is null. */
export function nullable<T>(read: (row: Row, column: string) => T, row: Row, column: string): T | null {
  return row[column] === null ? null : read(row, column);
}

/** The only row, if any. */
export function firstOf<T>(rows: readonly Row[], read: (row: Row) => T): T | null {
  const row = rows[0];
  return row === undefined ? null : read(row);
}
