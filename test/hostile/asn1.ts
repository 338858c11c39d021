/** ASN.1 as nobody encodes it, and PEM around anything. */

/** Tag, the shortest definite length, contents. */
export function der(tag: number, content: Uint8Array = new Uint8Array()): Uint8Array {
  return new Uint8Array(Buffer.concat([Uint8Array.of(tag, ...lengthOf(content.length)), content]));
}

function lengthOf(length: number): readonly number[] {
  if (length < 0x80) return [length];
  if (length < 0x100) return [0x81, length];
  if (length < 0x1_0000) return [0x82, length >> 8, length & 0xff];
  return [0x83, length >> 16, (length >> 8) & 0xff, length & 0xff];
}

/** A value around a value around a value, all of one tag. */
export function nested(tag: number, depth: number): Uint8Array {
  let value = der(tag);
  for (let level = 1; level < depth; level += 1) value = der(tag, value);
  return value;
}

/** The same with lengths that are left open (X.690, 8.1.3.6). */
export function indefinite(tag: number, depth: number): Uint8Array {
  return Uint8Array.from([
    ...Array.from({ length: depth }, () => [tag, 0x80]).flat(),
    ...Array.from({ length: depth }, () => [0x00, 0x00]).flat(),
  ]);
}

export function pemBlock(bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
