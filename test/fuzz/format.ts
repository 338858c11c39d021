/** What the fuzzer is told of a format: sound inputs, how they are judged, and when a mutant still says the same. */
import type { Structure } from './mutation.js';

/** What is judged with an input. Plain data, so that a finding can be written down whole. */
export type Setting = Readonly<Record<string, unknown>>;

export interface Sound {
  /** Where it comes from. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly setting: Setting;
}

/** `meaning`: all that counts of accepted input, in lines; a mutant may say nothing that the sound input does not. */
export type Answer =
  | { readonly accepted: false; readonly code: string }
  | { readonly accepted: true; readonly meaning: string };

export interface Format {
  readonly name: string;
  readonly structure: Structure;
  /** Offsets of numbers that say how the rest is to be read. */
  readonly places: readonly number[];
  sound(): Promise<readonly Sound[]>;
  /** The real thing, from bytes to verdict. Throws nothing: whatever is thrown is a finding. */
  judge(bytes: Uint8Array, setting: Setting): Promise<Answer>;
}

/** With bytes and dates told apart from text. */
export function settingToText(setting: Setting): string {
  return JSON.stringify(setting, function (this: Record<string, unknown>, key, value: unknown) {
    const own = this[key];
    if (own instanceof Date) return { $date: own.toISOString() };
    if (own instanceof Uint8Array) return { $bytes: Buffer.from(own).toString('base64') };
    return value;
  });
}

export function settingOfText(text: string): Setting {
  return JSON.parse(text, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value;
    if ('$date' in value) return new Date(String(value.$date));
    if ('$bytes' in value) return new Uint8Array(Buffer.from(String(value.$bytes), 'base64'));
    return value;
  }) as Setting;
}
