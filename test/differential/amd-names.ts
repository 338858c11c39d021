/**
 * The miniature AMD under AMD's own organisation name, which go-sev-guest asks for. The names are of one length, so
 * that a certificate or list stays as it is but for that and its signature.
 */
import { constants, type KeyObject, sign, verify } from 'node:crypto';
import type { TrustAnchors } from '../../src/rats/endorsement.js';
import { SIMULATED_ORGANIZATION } from '../../src/simulator/certificate.js';
import { anchorsOf, type SimulatedAmd } from '../../src/simulator/index.js';
import type { SnpMaterial } from './snp-material.js';

const AMD = 'Advanced Micro Devices';
const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 } as const;

/** By their old bytes: PSS never signs alike twice, and a root must be the very one that is trusted. */
const known = new Map<string, Uint8Array>();

/** Signed again by whichever of the keys had signed it; a forged document stays forged. */
function underAmdsName(der: Uint8Array, keys: readonly KeyObject[]): Uint8Array {
  const old = Buffer.from(der).toString('latin1');
  const before = known.get(old);
  if (before !== undefined) return before;
  const text = old.replaceAll(SIMULATED_ORGANIZATION, AMD);
  const renamed = new Uint8Array(Buffer.from(text, 'latin1'));
  const { from, to } = signedPart(der);
  for (const key of keys) {
    const at = der.length - (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
    if (!verify('sha384', der.subarray(from, to), { key, ...PSS }, der.subarray(at))) continue;
    renamed.set(sign('sha384', renamed.subarray(from, to), { key, ...PSS }), at);
  }
  known.set(old, renamed);
  return renamed;
}

/** The first value inside the outer SEQUENCE; both have two octets of length. */
function signedPart(der: Uint8Array): { readonly from: number; readonly to: number } {
  const view = new DataView(der.buffer, der.byteOffset, der.length);
  if (view.getUint16(0) !== 0x3082 || view.getUint16(4) !== 0x3082) throw new TypeError('no such document');
  return { from: 4, to: 8 + view.getUint16(6) };
}

export function materialUnderAmdsName(material: SnpMaterial, vendor: SimulatedAmd): SnpMaterial {
  const { leaf, list, others } = material;
  const keys = keysOf(vendor);
  return {
    ...material,
    leaf: underAmdsName(leaf, keys),
    list: list === null ? null : underAmdsName(list, keys),
    others: others.map((der) => underAmdsName(der, keys)),
    anchors: anchorsUnderAmdsName(vendor),
  };
}

function anchorsUnderAmdsName(vendor: SimulatedAmd): TrustAnchors {
  const { amd } = anchorsOf(vendor).vendors;
  if (amd === undefined) throw new TypeError('a vendor without anchors');
  const renamed = (der: Uint8Array) => underAmdsName(der, keysOf(vendor));
  const [first, ...rest] = amd.roots;
  const roots = [renamed(first), ...rest.map(renamed)] as const;
  return { simulated: true, vendors: { amd: { roots, intermediates: amd.intermediates.map(renamed) } } };
}

function keysOf({ products }: SimulatedAmd): readonly KeyObject[] {
  return [...products.values()].flatMap(({ ark, ask, asvk }) => [ark.key, ask.key, asvk.key]);
}
