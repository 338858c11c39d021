/** Sound inputs: guests and TDs of the miniature vendors, and genuine ones where there are any. */
import { bytesOfHex } from '../../src/bytes/encoding.js';
import { loadPinnedAnchors } from '../../src/platform/pinned-anchors.js';
import type { JsonObject } from '../../src/rats/result.js';
import {
  anchorsOf,
  type GuestOptions,
  intelAnchorsOf,
  mintGuest,
  mintTd,
  referenceValueOf,
  type SimulatedGuest,
  type SimulatedTd,
  type TdOptions,
  tdReferenceValueOf,
} from '../../src/simulator/index.js';
import { SIMULATED_AT, simulatedIntel, simulatedVendor } from '../simulated-vendor.js';
import { instantWithCrl, snpSamples, vcekCrl } from '../vectors/snp-samples.js';
import { caseOf, genuineQuotes } from '../vectors/tdx-quotes.js';
import { vectorsDir } from '../vectors-directory.js';
import { type EvidenceSetting, judgeEvidence } from './evidence.js';
import type { Sound } from './format.js';

export interface SoundEvidence extends Sound {
  readonly setting: EvidenceSetting;
}

export async function guestOf(
  name: string,
  options: Omit<GuestOptions, 'at'> = {},
): Promise<SoundEvidence & { readonly guest: SimulatedGuest }> {
  const vendor = await simulatedVendor();
  const guest = await mintGuest(vendor, { at: SIMULATED_AT, ...options });
  const setting: EvidenceSetting = {
    certificates: guest.certificates,
    endorsements: guest.endorsements,
    anchors: anchorsOf(vendor),
    at: SIMULATED_AT,
    reportData: guest.expected.reportData,
    revocation: 'required',
    reference: { ...referenceValueOf(guest) } as JsonObject,
  };
  return { name, bytes: guest.evidence, setting, guest };
}

export async function tdOf(
  name: string,
  options: Omit<TdOptions, 'at'> = {},
): Promise<SoundEvidence & { readonly td: SimulatedTd }> {
  const intel = await simulatedIntel();
  const td = await mintTd(intel, { at: SIMULATED_AT, ...options });
  const setting: EvidenceSetting = {
    certificates: [],
    endorsements: td.endorsements,
    anchors: intelAnchorsOf(intel),
    at: SIMULATED_AT,
    reportData: td.expected.reportData,
    revocation: 'required',
    reference: { ...tdReferenceValueOf(td) } as JsonObject,
  };
  return { name, bytes: td.evidence, setting, td };
}

/** Genuine reports with their leaf and chain; none without the vectors. */
export function genuineReports(): Promise<readonly SoundEvidence[]> {
  const home = vectorsDir();
  if (home === null) return Promise.resolve([]);
  const anchors = loadPinnedAnchors();
  const reports = snpSamples(home).map((sample): SoundEvidence => {
    const at = instantWithCrl(sample);
    const setting: EvidenceSetting = {
      certificates: [sample.leaf, sample.chain],
      endorsements: at === null ? [] : [vcekCrl(home, sample.product)],
      anchors,
      at: at ?? sample.pinned,
      reportData: bytesOfHex(sample.expected.report_data) ?? new Uint8Array(),
      revocation: at === null ? 'best-effort' : 'required',
      reference: null,
    };
    return { name: sample.slug, bytes: sample.report, setting };
  });
  return onlyBelieved(reports);
}

/** Genuine quotes of the version, with Intel's documents; none without the vectors. */
export function genuineQuotesOf(version: 4 | 5): Promise<readonly SoundEvidence[]> {
  const home = vectorsDir();
  if (home === null) return Promise.resolve([]);
  const anchors = loadPinnedAnchors();
  const quotes = genuineQuotes(home)
    .filter(({ quote }) => quote[0] === version)
    .map((sample): SoundEvidence => {
      const { evidence, endorsements, at } = caseOf(sample);
      // TD report 1.0 begins behind the header, and 1.0 and 1.5 have REPORTDATA at the same place of the body.
      const body = version === 4 ? 48 : 54;
      const reportData = evidence.slice(body + 520, body + 584);
      const setting = { certificates: [], endorsements, anchors, at, reportData, reference: null };
      return { name: sample.slug, bytes: evidence, setting: { ...setting, revocation: 'required' } };
    });
  return onlyBelieved(quotes);
}

/** Some of the samples are genuine and not good: revoked, or of a level that nothing matches. */
async function onlyBelieved(all: readonly SoundEvidence[]): Promise<readonly SoundEvidence[]> {
  const answers = await Promise.all(all.map(({ bytes, setting }) => judgeEvidence(bytes, setting)));
  const believed = all.filter((_one, index) => answers[index]?.accepted === true);
  if (believed.length === 0) throw new Error('all of the genuine evidence is refused');
  return believed;
}
