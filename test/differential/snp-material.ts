/** Reports with what endorses them, and what each verifier is asked about them. */
import { X509Certificate } from 'node:crypto';
import type { TrustAnchors } from '../../src/rats/endorsement.js';
import { anchorsOf, type SimulatedAmd, type SimulatedGuest } from '../../src/simulator/index.js';
import { parseEvidence } from '../../src/tee/registry.js';
import { instantWithCrl, type SnpSample, vcekCrl } from '../vectors/snp-samples.js';
import { materialUnderAmdsName } from './amd-names.js';
import { type Objections, objectionsOf } from './opinion.js';
import type { Question } from './peer.js';

export interface SnpMaterial {
  /** Which mutant it is, for people. */
  readonly name: string;
  readonly evidence: Uint8Array;
  readonly leaf: Uint8Array;
  /** Authorities that travel with the report. */
  readonly others: readonly Uint8Array[];
  /** Of the leaf as it was before anything was changed. */
  readonly product: string;
  readonly kind: 'VCEK' | 'VLEK';
  /** Null: there is none at hand for the instant, and nobody is asked about revocation. */
  readonly list: Uint8Array | null;
  readonly anchors: TrustAnchors;
  readonly at: Date;
}

/** At an instant for which AMD's list is at hand, where there is one. */
export function materialOfSample(home: string, sample: SnpSample, anchors: TrustAnchors): SnpMaterial {
  const { slug: name, report: evidence, leaf, chain, product, signingKey: kind } = sample;
  const at = instantWithCrl(sample);
  const list = at === null ? null : vcekCrl(home, product).bytes;
  return { name, evidence, leaf, others: [chain], product, kind, list, anchors, at: at ?? sample.pinned };
}

/** Null: the guest's fault withholds leaf or list, which leaves nothing to ask. */
export function materialOfGuest(
  name: string,
  guest: SimulatedGuest,
  vendor: SimulatedAmd,
): SnpMaterial | null {
  const { evidence, leafDer: leaf, leafKind: kind, caDer, arkDer, crls } = guest;
  const list = kind === 'VCEK' ? crls.vcek : crls.vlek;
  if (leaf === null || list === null) return null;
  const { product, at } = guest.actual;
  const others = [caDer, arkDer];
  const material = { name, evidence, leaf, others, product, kind, list, anchors: anchorsOf(vendor), at };
  return materialUnderAmdsName(material, vendor);
}

export function askAssay(material: SnpMaterial): Promise<Objections> {
  const { evidence, leaf, others, product, kind, list, anchors, at } = material;
  const of = kind === 'VCEK' ? 'snp-vcek-crl' : 'snp-vlek-crl';
  return objectionsOf(() => parseEvidence('sev-snp', evidence, [leaf, ...others]), {
    endorsements: list === null ? [] : [{ kind: of, subject: product, bytes: list }],
    anchors,
    at,
    revocation: list === null ? 'best-effort' : 'required',
  });
}

export function questionForGo({ evidence, leaf, list, anchors, at }: SnpMaterial): Question {
  return {
    evidence: base64(evidence),
    leaf: base64(leaf),
    list: list === null ? null : base64(list),
    at: at.toISOString(),
    anchors: [...linesOf(anchors)].map(([product, line]) => ({ product, ...line })),
  };
}

export function questionForRust({ evidence, leaf, product, kind, anchors }: SnpMaterial): Question {
  const line = linesOf(anchors).get(product);
  if (line === undefined) throw new TypeError(`no anchors for ${product}`);
  const ask = kind === 'VCEK' ? line.ask : line.asvk;
  return { evidence: base64(evidence), leaf: base64(leaf), ark: line.ark, ask };
}

type Line = Record<'ark' | 'ask' | 'asvk', string>;
const known = new WeakMap<TrustAnchors, ReadonlyMap<string, Line>>();

/** Authorities by product line, in base64; told by their names. */
function linesOf(anchors: TrustAnchors): ReadonlyMap<string, Line> {
  const before = known.get(anchors);
  if (before !== undefined) return before;
  const lines = new Map<string, Line>();
  const { roots = [], intermediates = [] } = anchors.vendors.amd ?? {};
  for (const der of [...roots, ...intermediates]) {
    const { subject } = new X509Certificate(der);
    const [, role = '', product = ''] = /CN=(ARK|SEV-VLEK|SEV)-(\w+)/u.exec(subject) ?? [];
    const line = lines.get(product) ?? { ark: '', ask: '', asvk: '' };
    line[role === 'ARK' ? 'ark' : role === 'SEV' ? 'ask' : 'asvk'] = base64(der);
    lines.set(product, line);
  }
  known.set(anchors, lines);
  return lines;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
