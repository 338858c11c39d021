/** The few ASN.1 shapes that certificates and CRLs are made of, written as DER (X.690). */
import * as asn1js from 'asn1js';

export type Asn1 = asn1js.BaseBlock;

export function derOf(node: Asn1): Uint8Array {
  return new Uint8Array(node.toBER(false));
}

/** DER made elsewhere, as a node. Throws TypeError when it is not one ASN.1 value. */
export function asn1Of(der: Uint8Array): Asn1 {
  const parsed = asn1js.fromBER(der);
  if (parsed.offset === -1) throw new TypeError('not an ASN.1 value');
  return parsed.result;
}

export function sequence(...value: Asn1[]): Asn1 {
  return new asn1js.Sequence({ value });
}

export function setOf(...value: Asn1[]): Asn1 {
  return new asn1js.Set({ value });
}

export function oid(value: string): Asn1 {
  return new asn1js.ObjectIdentifier({ value });
}

export function integer(value: bigint | number): Asn1 {
  return asn1js.Integer.fromBigInt(BigInt(value));
}

export function boolean(value: boolean): Asn1 {
  return new asn1js.Boolean({ value });
}

export function enumerated(value: number): Asn1 {
  return new asn1js.Enumerated({ value });
}

export function nothing(): Asn1 {
  return new asn1js.Null();
}

export function utf8(value: string): Asn1 {
  return new asn1js.Utf8String({ value });
}

export function printable(value: string): Asn1 {
  return new asn1js.PrintableString({ value });
}

export function ia5(value: string): Asn1 {
  return new asn1js.IA5String({ value });
}

export function octets(value: Uint8Array): Asn1 {
  return new asn1js.OctetString({ valueHex: value });
}

export function bits(value: Uint8Array, unusedBits = 0): Asn1 {
  return new asn1js.BitString({ valueHex: value, unusedBits });
}

/** [tagNumber] EXPLICIT or a constructed IMPLICIT. */
export function tagged(tagNumber: number, ...value: Asn1[]): Asn1 {
  return new asn1js.Constructed({ idBlock: { tagClass: 3, tagNumber }, value });
}

/** [tagNumber] IMPLICIT over primitive contents. */
export function taggedPrimitive(tagNumber: number, valueHex: Uint8Array): Asn1 {
  return new asn1js.Primitive({ idBlock: { tagClass: 3, tagNumber }, valueHex });
}

/** UTCTime until 2049, GeneralizedTime after (RFC 5280, 4.1.2.5); whole seconds. */
export function time(date: Date): Asn1 {
  const digits = date.toISOString().replace(/[-:T]/g, '').slice(0, 14);
  return date.getUTCFullYear() < 2050
    ? new asn1js.Primitive({
        idBlock: { tagClass: 1, tagNumber: 23 },
        valueHex: Buffer.from(`${digits.slice(2)}Z`),
      })
    : new asn1js.Primitive({ idBlock: { tagClass: 1, tagNumber: 24 }, valueHex: Buffer.from(`${digits}Z`) });
}
