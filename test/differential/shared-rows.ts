/** Where several peers differ from Assay alike: what rows of the comparison with one of them hold of the material. */
import type { RefusalCode } from '../../src/rats/refusal.js';
import { EXPECTED_DISAGREEMENTS } from '../vectors/differential/expected-disagreements.js';
import { type Facts, factsOf } from '../vectors/differential/facts.js';
import type { TdxMaterial } from './tdx-material.js';

function rowOf(id: string) {
  const row = EXPECTED_DISAGREEMENTS.find((one) => one.id === id);
  if (row === undefined) throw new TypeError(`no expected disagreement ${id}`);
  return row;
}

/** The material is what that row says, and Assay has a code of it. */
export function refusesAs(id: string): (code: RefusalCode, material: TdxMaterial) => boolean {
  const { refuses } = rowOf(id);
  if (refuses === undefined) throw new TypeError(`${id} is not about refusals of Assay's`);
  return (code, material) => {
    const facts = readFacts(material);
    if (facts !== null) return refuses(code, facts);
    // A certificate of the chain that nobody could read, and that the peer found its way without.
    if (code === 'tdx_pck_chain_invalid') return id === 'pck-chain-form';
    return code === 'tdx_quote_malformed' && id === 'quote-form' && isFollowed(material.evidence);
  };
}

/** The root that travels in the quote does not sign itself, or cannot be read. */
export function rootIsBroken(material: TdxMaterial): boolean {
  const [, , root] = readFacts(material)?.pckChain.certificates ?? [];
  try {
    return root === undefined || !root.verify(root.publicKey);
  } catch {
    // Not even a key.
    return true;
  }
}

/** Of the enclave that quotes: 0 where the quote cannot be read. */
export function authDataLength(material: TdxMaterial): number {
  return readFacts(material)?.quote.authDataLength ?? 0;
}

/** Levels of the platform and of the enclave that quotes stand from the highest down, as Intel writes them. */
export function levelsDescend(material: TdxMaterial): boolean {
  const facts = readFacts(material);
  if (facts === null) return true;
  const { info, identity } = facts;
  const first = info.tcbLevels.map(({ tcb }) => tcb.sgxtcbcomponents[0]?.svn ?? 0);
  const enclave = identity.tcbLevels.map(({ tcb }) => tcb.isvsvn);
  const descend = (all: readonly number[]) =>
    all.every((one, index) => index === 0 || one <= (all[index - 1] ?? 0));
  return descend(first) && descend(enclave);
}

/** Behind the signature data, as long as they say that they are, is something else than zeros. */
function isFollowed(evidence: Uint8Array): boolean {
  const bytes = Buffer.from(evidence);
  const at = bytes.readUInt16LE(0) === 5 ? 54 + bytes.readUInt32LE(50) : 632;
  return bytes.subarray(at + 4 + bytes.readUInt32LE(at)).some((byte) => byte !== 0);
}

/** Rows ask for the same facts in turn, and lists are long. */
const known = new WeakMap<TdxMaterial, Facts | null>();

/** Null: there is something in it that nobody could read. */
export function readFacts(material: TdxMaterial): Facts | null {
  const before = known.get(material);
  if (before !== undefined) return before;
  let facts: Facts | null = null;
  try {
    facts = factsOf(material);
  } catch {
    // The peer found its way without.
  }
  known.set(material, facts);
  return facts;
}
