/** Fields at fixed places, as the layouts of manuals list them. */

export interface FieldPlace {
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** A row of a layout. */
export function fieldAt(offset: number, length: number): FieldPlace {
  return { offset, length };
}

/** The field's bytes, as a view on `bytes`. */
export function fieldOf(bytes: Uint8Array, place: FieldPlace): Uint8Array {
  return bytes.subarray(place.offset, place.offset + place.length);
}
