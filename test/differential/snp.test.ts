/** SNP reports, genuine and changed, before Assay and two verifiers by others. */
import { describe } from '@jest/globals';
import { loadPinnedAnchors } from '../../src/platform/pinned-anchors.js';
import { simulatedVendor } from '../simulated-vendor.js';
import { describeWithVectors } from '../vectors-home.js';
import { askingOf, type Peer } from './comparison.js';
import { GO_SEV_GUEST } from './rows-go-sev-guest.js';
import { RUST_SEV } from './rows-rust-sev.js';
import { askAssay, questionForGo, questionForRust, type SnpMaterial } from './snp-material.js';
import { type SnpOriginals, snpMutant, snpOriginals } from './snp-mutants.js';
import { comparePeers, programOfPeer } from './suite.js';

const FORMS = [
  ['go-sev-guest', GO_SEV_GUEST, questionForGo],
  ['rust-sev', RUST_SEV, questionForRust],
] as const;

describeWithVectors('SNP reports before several verifiers', (home) => {
  const peers = FORMS.flatMap(([name, rows, questionFor]): Peer<SnpMaterial>[] => {
    const program = programOfPeer(name);
    return program === null ? [] : [{ name, rows, ask: askingOf(program, questionFor) }];
  });
  if (peers.length === 0) return;
  describe('Assay and', () => {
    let originals: SnpOriginals;
    comparePeers({
      originals: async () => {
        originals = await snpOriginals(home, loadPinnedAnchors(), await simulatedVendor());
        return [...originals.genuine, ...originals.faulty];
      },
      mutantOf: (index, changes) => snpMutant(index, changes, originals),
      askAssay,
      peers,
    });
  });
});
