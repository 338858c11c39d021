/** One genuine report and one genuine quote, read in place, and what each peer is asked about them. */
import { loadPinnedAnchors } from '../../src/platform/pinned-anchors.js';
import type { Objections } from '../../test/differential/opinion.js';
import type { Question } from '../../test/differential/peer.js';
import * as snp from '../../test/differential/snp-material.js';
import * as tdx from '../../test/differential/tdx-material.js';
import { genuineMaterial } from '../../test/vectors/differential/genuine-mutants.js';
import { snpSamples } from '../../test/vectors/snp-samples.js';
import { genuineQuotes } from '../../test/vectors/tdx-quotes.js';
import { vectorsDir } from '../../test/vectors-directory.js';
import type { Tee } from '../world.js';

export interface Subject {
  /** Name of the vector. */
  readonly name: string;
  /** By the name of the peer. */
  readonly questions: Readonly<Record<string, Question | null>>;
  /** Authenticates it as Assay does, all of it anew but for what is remembered. Empty: authentic. */
  readonly verify: () => Promise<Objections>;
}

/** Those that every peer accepts (docs/peers.md), and the revocation list is at hand for. */
const VECTORS = { snp: 'milan-v3-azure-cvm-a', tdx: 'v4-edgeless-tdx10' } as const;

/** Null: the genuine evidence is not on this machine (ASSAY_VECTORS). */
export function subjectOf(tee: Tee): Subject | null {
  const home = vectorsDir();
  if (home === null) return null;
  const anchors = loadPinnedAnchors();
  const name = VECTORS[tee];
  if (tee === 'snp') {
    const material = snp.materialOfSample(home, named(snpSamples(home), name), anchors);
    return {
      name,
      questions: {
        'go-sev-guest': snp.questionForGo(material),
        'rust-sev': snp.questionForRust(material),
      },
      verify: () => snp.askAssay(material),
    };
  }
  const material = genuineMaterial(named(genuineQuotes(home), name), anchors);
  return {
    name,
    questions: {
      'go-tdx-guest': tdx.questionForGo(material),
      'rust-dcap-qvl': tdx.questionForRust(material),
    },
    verify: () => tdx.askAssay(material),
  };
}

function named<Sample extends { readonly slug: string }>(samples: readonly Sample[], slug: string): Sample {
  const found = samples.find((sample) => sample.slug === slug);
  if (found === undefined) throw new Error(`no vector ${slug}`);
  return found;
}
