/** A certificate as text (RFC 7468, section 5.1). */
export function pemOf(der: Uint8Array): Uint8Array {
  const base64 = Buffer.from(der.buffer, der.byteOffset, der.length).toString('base64');
  const lines = base64.match(/.{1,64}/g) ?? [];
  return new Uint8Array(
    Buffer.from(
      ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
      'ascii',
    ),
  );
}
