/**
 * The AMD extensions of VCEK and VLEK certificates (AMD 57230, table "VCEK certificate extensions"): patch
 * levels, chip, provider. Values are read as DER; the prefix of an OID or the last byte of a value prove nothing.
 */
import { allZero, hexOf } from '../../bytes/encoding.js';
import type { Certificate } from '../../pki/certificate.js';
import { MalformedDer, readDer, readDerInteger } from '../../pki/der.js';
import { EXTENSION_OID } from '../../pki/extensions.js';
import { chipIdLength, productOfIssuer, type SnpProduct } from './product.js';
import type { SigningKey } from './signer.js';
import { encodeTcb } from './tcb.js';

export interface Vek {
  /** `Milan-B0`, `Genoa`, …: its stepping is not reliable. */
  readonly productName: string;
  /** The certificate's patch levels in the product's TCB_VERSION layout, 8 bytes. */
  readonly tcb: Uint8Array;
  /** 64 bytes, on Turin 8; null in a VLEK. */
  readonly hwid: Uint8Array | null;
  /** Null in a VCEK. */
  readonly cspId: string | null;
}

const PREFIX = '1.3.6.1.4.1.3704.1';
const OID = {
  structVersion: `${PREFIX}.1`,
  productName: `${PREFIX}.2`,
  blSPL: `${PREFIX}.3.1`,
  teeSPL: `${PREFIX}.3.2`,
  snpSPL: `${PREFIX}.3.3`,
  ucodeSPL: `${PREFIX}.3.8`,
  fmcSPL: `${PREFIX}.3.9`,
  hwID: `${PREFIX}.4`,
  cspID: `${PREFIX}.5`,
} as const;
/** spl4 to spl7: reserved, zero where they are present. */
const RESERVED_SPLS = [4, 5, 6, 7].map((number) => `${PREFIX}.3.${number}`);

/** Critical extensions that are understood; a leaf has none as a rule. */
const UNDERSTOOD: readonly string[] = [
  ...Object.values(OID),
  ...RESERVED_SPLS,
  EXTENSION_OID.basicConstraints,
  EXTENSION_OID.keyUsage,
];

const IA5_STRING = 0x16;
const OCTET_STRING = 0x04;

/** The kind that the subject's common name says; null: neither. */
export function kindOfLeaf(certificate: Certificate): SigningKey | null {
  if (certificate.subjectCn === 'SEV-VCEK') return 'VCEK';
  return certificate.subjectCn === 'SEV-VLEK' ? 'VLEK' : null;
}

/** The kind whose authority the issuer is: `SEV-Milan` or `SEV-VLEK-Milan`; null: neither. */
export function kindOfIssuer(commonName: string | null): SigningKey | null {
  if (productOfIssuer(commonName) === null) return null;
  return commonName?.startsWith('SEV-VLEK-') ? 'VLEK' : 'VCEK';
}

/** By certificate, for as long as somebody holds it: a leaf that is known is not read again. */
const known = new WeakMap<
  Certificate,
  { readonly kind: SigningKey; readonly product: SnpProduct; readonly vek: Vek }
>();

/** Reads a leaf of the kind. Throws MalformedDer, which says what is missing, doubled or wrongly encoded. */
export function readVek(leaf: Certificate, kind: SigningKey, product: SnpProduct): Vek {
  const before = known.get(leaf);
  if (before?.kind === kind && before.product === product) return before.vek;
  const vek = readExtensions(leaf, kind, product);
  known.set(leaf, { kind, product, vek });
  return vek;
}

function readExtensions(leaf: Certificate, kind: SigningKey, product: SnpProduct): Vek {
  const unknown = leaf.extensions.find(({ oid, critical }) => critical && !UNDERSTOOD.includes(oid));
  if (unknown !== undefined) throw new MalformedDer(`critical extension ${unknown.oid} is unknown`);
  for (const oid of RESERVED_SPLS) {
    if (leaf.extension(oid) !== null && readLevel(leaf, oid) !== 0) {
      throw new MalformedDer(`reserved patch level ${oid} is not zero`);
    }
  }
  readLevel(leaf, OID.structVersion);
  const fmc = product === 'Turin' ? readLevel(leaf, OID.fmcSPL) : null;
  if (fmc === null && leaf.extension(OID.fmcSPL) !== null) {
    throw new MalformedDer(`fmcSPL in a certificate for ${product}, which has no FMC`);
  }
  const tcb = encodeTcb(
    {
      fmc,
      bootloader: readLevel(leaf, OID.blSPL),
      tee: readLevel(leaf, OID.teeSPL),
      snp: readLevel(leaf, OID.snpSPL),
      microcode: readLevel(leaf, OID.ucodeSPL),
    },
    product,
  );
  return { productName: readText(leaf, OID.productName), tcb, ...readOwner(leaf, kind, product) };
}

/** A VCEK names a chip and no provider, a VLEK a provider and no chip. */
function readOwner(leaf: Certificate, kind: SigningKey, product: SnpProduct): Pick<Vek, 'hwid' | 'cspId'> {
  const foreign = kind === 'VCEK' ? OID.cspID : OID.hwID;
  if (leaf.extension(foreign) !== null) {
    throw new MalformedDer(`a ${kind} with ${kind === 'VCEK' ? 'cspID' : 'hwID'}`);
  }
  if (kind === 'VLEK') return { hwid: null, cspId: readText(leaf, OID.cspID) };
  return { hwid: readHwid(extensionValue(leaf, OID.hwID), chipIdLength(product)), cspId: null };
}

/** Bare bytes as AMD writes them, or an OCTET STRING around them; told apart by length alone. */
function readHwid(value: Uint8Array, length: number): Uint8Array {
  if (value.length === length + 2 && value[0] === OCTET_STRING && value[1] === length) {
    return requireSomeChip(value.subarray(2));
  }
  if (value.length !== length) throw new MalformedDer(`hwID of ${value.length} bytes, not ${length}`);
  return requireSomeChip(value);
}

/** Zero would equal a masked CHIP_ID. */
function requireSomeChip(hwid: Uint8Array): Uint8Array {
  if (allZero(hwid)) throw new MalformedDer('hwID is zero');
  return hwid;
}

function readLevel(leaf: Certificate, oid: string): number {
  const level = readDerInteger(readDer(extensionValue(leaf, oid)));
  if (level < 0n || level > 255n) throw new MalformedDer(`extension ${oid} is not 0 to 255`);
  return Number(level);
}

function readText(leaf: Certificate, oid: string): string {
  const { tag, content } = readDer(extensionValue(leaf, oid));
  const text = Buffer.from(content).toString('latin1');
  if (tag !== IA5_STRING || !/^[\x20-\x7e]{1,256}$/.test(text)) {
    throw new MalformedDer(`extension ${oid} is not printable text (${hexOf(content.subarray(0, 16))})`);
  }
  return text;
}

function extensionValue(leaf: Certificate, oid: string): Uint8Array {
  const extension = leaf.extension(oid);
  if (extension === null) throw new MalformedDer(`extension ${oid} is missing`);
  return extension.value;
}
