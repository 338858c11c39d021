/** TDX quotes, genuine and changed, before Assay and three verifiers by others. */
import { describe } from '@jest/globals';
import { loadPinnedAnchors } from '../../src/platform/pinned-anchors.js';
import { simulatedIntel } from '../simulated-vendor.js';
import { askDcapQvl } from '../vectors/differential/opinions.js';
import { describeWithVectors } from '../vectors-home.js';
import { askingOf, type Peer } from './comparison.js';
import type { Answer } from './peer.js';
import { GO_TDX_GUEST } from './rows-go-tdx-guest.js';
import { PHALA_DCAP_QVL } from './rows-phala-dcap-qvl.js';
import { RUST_DCAP_QVL } from './rows-rust-dcap-qvl.js';
import { comparePeers, programOfPeer } from './suite.js';
import { askAssay, questionForGo, questionForRust, type TdxMaterial } from './tdx-material.js';
import { type TdxOriginals, tdxMutant, tdxOriginals } from './tdx-mutants.js';

const FORMS = [
  ['go-tdx-guest', GO_TDX_GUEST, questionForGo],
  ['rust-dcap-qvl', RUST_DCAP_QVL, questionForRust],
] as const;

/** Comes with the packages, and so is there always. It says no by throwing, whatever it throws. */
const phala: Peer<TdxMaterial> = {
  name: '@phala/dcap-qvl',
  rows: PHALA_DCAP_QVL,
  ask: async (materials) =>
    materials.map((material): Answer => {
      const opinion = askDcapQvl(material);
      if (opinion.accepted) return { verdict: 'accept', reason: opinion.status };
      return { verdict: 'reject', reason: opinion.why };
    }),
};

describeWithVectors('TDX quotes before several verifiers', (home) => {
  const programs = FORMS.flatMap(([name, rows, questionFor]): Peer<TdxMaterial>[] => {
    const program = programOfPeer(name);
    return program === null ? [] : [{ name, rows, ask: askingOf(program, questionFor) }];
  });
  describe('Assay and', () => {
    let originals: TdxOriginals;
    comparePeers({
      originals: async () => {
        originals = await tdxOriginals(home, loadPinnedAnchors(), await simulatedIntel());
        return originals.genuine;
      },
      mutantOf: (index, changes) => tdxMutant(index, changes, originals),
      askAssay,
      peers: [...programs, phala],
    });
  });
});
