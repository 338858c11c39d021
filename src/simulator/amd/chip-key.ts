/**
 * The signing key of a simulated chip. It follows from the line's ASK, the chip and the TCB, as a genuine one does
 * from the chip's secret: the guest that signs and the service that certifies may be two processes.
 */
import { createECDH, createPrivateKey, hkdfSync, type KeyObject } from 'node:crypto';
import type { ProductAuthorities } from './authorities.js';
import { encodeTcb, PRODUCT_LINES, type TcbVersion } from './product-line.js';

/** Bytes of a P-384 scalar; one in 2^190 strings of that length is none. */
const SCALAR_LENGTH = 48;

/** A private P-384 key, always the same. `chipId`: 64 bytes, or the 8 that Turin uses. */
export function chipKeyOf(
  { product, ask }: ProductAuthorities,
  chipId: Uint8Array,
  tcb: TcbVersion,
): KeyObject {
  const chip = chipId.subarray(0, PRODUCT_LINES[product].chipIdLength);
  const info = Buffer.concat([
    Buffer.from(`Assay simulated VCEK ${product}`, 'ascii'),
    chip,
    encodeTcb(product, tcb),
  ]);
  const secret = ask.key.export({ type: 'pkcs8', format: 'der' });
  const scalar = Buffer.from(hkdfSync('sha384', secret, new Uint8Array(0), info, SCALAR_LENGTH));
  const pair = createECDH('secp384r1');
  pair.setPrivateKey(scalar);
  const point = pair.getPublicKey();
  const member = (bytes: Buffer) => bytes.toString('base64url');
  return createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-384',
      d: member(scalar),
      x: member(point.subarray(1, 1 + SCALAR_LENGTH)),
      y: member(point.subarray(1 + SCALAR_LENGTH)),
    },
  });
}
