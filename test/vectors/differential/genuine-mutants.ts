/** Genuine quotes with genuine documents, as they are and with something changed: mostly signatures decide. */
import type { TrustAnchors } from '../../../src/rats/endorsement.js';
import type { TdDocuments } from '../../../src/simulator/index.js';
import { flipped } from '../histogram.js';
import { type GenuineQuote, regionsOf } from '../tdx-quotes.js';
import type { Chance } from './chance.js';
import type { Material } from './opinions.js';

const FILES: Readonly<Record<keyof TdDocuments, string>> = {
  tcbInfo: 'tcb_info.json',
  qeIdentity: 'qe_identity.json',
  tcbSigningChain: 'tcb_signing_chain.pem',
  pckCrl: 'pck_crl.der',
  pckCrlIssuerChain: 'pck_crl_issuer_chain.pem',
  rootCrl: 'root_ca_crl.der',
};
const DOCUMENTS = Object.keys(FILES) as (keyof TdDocuments)[];
const DAY = 86_400_000;

export function genuineMaterial(sample: GenuineQuote, anchors: TrustAnchors): Material {
  const documents = Object.fromEntries(
    DOCUMENTS.map((name) => [name, sample.collateral[FILES[name]] ?? null]),
  ) as unknown as TdDocuments;
  return { name: sample.slug, evidence: sample.quote, documents, at: sample.pinned, anchors };
}

type Change = (material: Material, chance: Chance, others: readonly Material[]) => Partial<Material>;

const CHANGES: readonly (readonly [name: string, change: Change])[] = [
  ['bit of the quote', ({ evidence }, chance) => ({ evidence: turned(evidence, chance) })],
  [
    'bit of the certificates',
    ({ evidence }, chance) => {
      const { chain } = regionsOf(evidence);
      return { evidence: flipped(evidence, chance.between(chain.from, chain.to - 1), chance.below(8)) };
    },
  ],
  [
    'byte of a document',
    ({ documents }, chance) => {
      const name = chance.pick(DOCUMENTS);
      const bytes = Uint8Array.from(documents[name] ?? []);
      bytes[chance.below(bytes.length)] = chance.below(256);
      return { documents: { ...documents, [name]: bytes } };
    },
  ],
  [
    'line end in the certificates',
    ({ evidence }, chance) => {
      const lines = [...evidence.keys()].filter((index) => evidence[index] === 0x0a && index > 1000);
      const copy = Uint8Array.from(evidence);
      copy[chance.pick(lines)] = chance.pick([0x0d, 0x20, 0x4a]);
      return { evidence: copy };
    },
  ],
  [
    'line end in the signing chain',
    ({ documents }, chance) => {
      const chain = Buffer.from(documents.tcbSigningChain ?? []);
      const between = chain.indexOf('\n-----BEGIN', 1);
      chain[between] = chance.pick([0x0d, 0x20, 0x4a]);
      return { documents: { ...documents, tcbSigningChain: new Uint8Array(chain) } };
    },
  ],
  [
    'digits of a signature',
    ({ documents }, chance) => {
      const name = chance.pick(['tcbInfo', 'qeIdentity'] as const);
      const text = Buffer.from(documents[name] ?? []).toString('utf8');
      const at = text.lastIndexOf(':') + 2;
      const other = text.slice(0, at) + text.slice(at).toUpperCase();
      return { documents: { ...documents, [name]: new Uint8Array(Buffer.from(other)) } };
    },
  ],
  [
    'instant',
    ({ at }, chance) => ({ at: new Date(at.getTime() + chance.between(-40, 40) * DAY + chance.below(DAY)) }),
  ],
  [
    'instant, years away',
    ({ at }, chance) => ({ at: new Date(at.getTime() + chance.between(-9, 9) * 365 * DAY) }),
  ],
  [
    'edge of a document',
    ({ documents }, chance) => {
      const name = chance.pick(['tcbInfo', 'qeIdentity'] as const);
      const text = Buffer.from(documents[name] ?? []).toString('utf8');
      const dates = [...text.matchAll(/"(?:issueDate|nextUpdate)":"([^"]+)"/gu)].map(([, date = '']) => date);
      return { at: new Date(Date.parse(chance.pick(dates)) + chance.between(-1, 1) * 1000) };
    },
  ],
  [
    'document of another set',
    ({ documents }, chance, others) => {
      const name = chance.pick(DOCUMENTS);
      return { documents: { ...documents, [name]: chance.pick(others).documents[name] } };
    },
  ],
  [
    'another set of documents',
    (_material, chance, others) => {
      const { documents, at } = chance.pick(others);
      return { documents, at };
    },
  ],
  [
    'body of another quote',
    ({ evidence }, chance, others) => {
      const copy = Uint8Array.from(evidence);
      copy.set(chance.pick(others).evidence.subarray(48, 632), 48);
      return { evidence: copy };
    },
  ],
  ['cut', ({ evidence }, chance) => ({ evidence: evidence.subarray(0, chance.below(evidence.length)) })],
  [
    'zeros behind',
    ({ evidence }, chance) => ({ evidence: longer(evidence, new Uint8Array(chance.between(1, 99))) }),
  ],
  [
    'text behind',
    ({ evidence }, chance) => ({ evidence: longer(evidence, chance.bytes(chance.between(1, 99))) }),
  ],
];

/** Number `index` of them; the same in every run. */
export function genuineMutant(index: number, chance: Chance, originals: readonly Material[]): Material {
  const [name, change] = CHANGES[index % CHANGES.length] ?? chance.pick(CHANGES);
  const original = chance.pick(originals);
  return { ...original, ...change(original, chance, originals), name: `${original.name}, ${name}` };
}

function turned(bytes: Uint8Array, chance: Chance): Uint8Array {
  return flipped(bytes, chance.below(bytes.length), chance.below(8));
}

function longer(bytes: Uint8Array, tail: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.concat([bytes, tail]));
}
