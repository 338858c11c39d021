/** Event logs beside a sound quote. */
import { STANDARD_POLICY } from '../../src/appraisal/standard-policy.js';
import { loadPinnedAnchors } from '../../src/platform/pinned-anchors.js';
import {
  digestsOfEventSet,
  EVENT_REGISTERS,
  eventField,
  PARTITION_REGISTER,
} from '../../src/rats/measured-event.js';
import { outcomeOf } from '../../src/rats/outcome.js';
import { BOOT_EVENTS, composeEventLog } from '../../src/simulator/index.js';
import { parseEvidence } from '../../src/tee/registry.js';
import { appraiseBound, authenticateBound, NO_DEMANDS } from '../../src/verifier/verify.js';
import { genuineLogs } from '../vectors/event-logs.js';
import { caseOf } from '../vectors/tdx-quotes.js';
import { vectorsDir } from '../vectors-directory.js';
import type { EvidenceSetting } from './evidence.js';
import type { Answer, Format, Setting, Sound } from './format.js';
import { tdOf } from './material.js';

interface LogSetting extends EvidenceSetting {
  readonly quote: Uint8Array;
}

/**
 * What counts of a log is which digests went into which register, and which of them may be passed over as partition
 * tables. Other bytes say the same where nobody measures them: types and data of events whose digest is not that of
 * their data, the order of events of different registers, events that go into none (EV_NO_ACTION, MRTD), what the first
 * event says of platform class, version, word size and vendor, and how long the padding is (UEFI 2.10, section 38).
 */
async function judgeLog(bytes: Uint8Array, setting: Setting): Promise<Answer> {
  const given = setting as LogSetting;
  const outcome = await outcomeOf(() => parseEvidence('tdx', given.quote, [], bytes));
  if (!outcome.ok) return { accepted: false, code: outcome.refusal.code };
  const bound = await authenticateBound({
    evidence: outcome.value,
    expectedReportData: given.reportData,
    endorsements: given.endorsements,
    anchors: given.anchors,
    at: given.at,
    revocation: given.revocation,
    demands: NO_DEMANDS,
  });
  if ('verdict' in bound) return { accepted: false, code: bound.verdict.code ?? 'no code' };
  const { verdict } = appraiseBound(bound, {
    policy: STANDARD_POLICY,
    references: { given: false, candidates: [] },
  });
  const fields = bound.authenticated.referenceFields;
  const digestsOf = (field: string) => digestsOfEventSet(fields[field] ?? 'absent');
  const counted = digestsOf(eventField(PARTITION_REGISTER, true));
  const lines = [
    `${verdict.status} ${verdict.code} ${bound.authenticated.evidenceDigest}`,
    ...EVENT_REGISTERS.map((name) => `${name}: ${digestsOf(eventField(name, false)).join(' ')}`),
    ...digestsOf(eventField(PARTITION_REGISTER, false))
      .filter((digest) => !counted.includes(digest))
      .map((digest) => `passed over: ${digest}`),
  ];
  return { accepted: true, meaning: lines.join('\n') };
}

async function simulated(name: string, padding: number): Promise<Sound> {
  const { setting, td, bytes: quote } = await tdOf(name, { eventLog: BOOT_EVENTS });
  const log = composeEventLog(td.actual.eventLog ?? []);
  const bare = log.subarray(0, log.length - 256);
  const bytes = new Uint8Array(Buffer.concat([bare, Buffer.alloc(padding)]));
  return { name, bytes, setting: { ...setting, quote } };
}

/** Of the vectors, logs that replay to a quote beside them. */
function genuine(): readonly Sound[] {
  const home = vectorsDir();
  if (home === null) return [];
  return genuineLogs(home).map(({ sample, log }) => {
    const { endorsements, at } = caseOf(sample);
    const reportData = sample.quote.slice(48 + 520, 48 + 584);
    const shared = { certificates: [], endorsements, anchors: loadPinnedAnchors(), at, reportData };
    const setting = { ...shared, quote: sample.quote, revocation: 'required', reference: null } as const;
    // The padding of a quarter of a megabyte is all the same.
    return { name: sample.slug, bytes: log.slice(0, 20_000), setting };
  });
}

/** The first event’s type, length and counts; register, type, count, algorithm and length of the first two events. */
const PLACES = [0, 4, 28, 56, 60, 62, 64, 65, 69, 73, 77, 127, 144, 148, 152, 156, 206];

export const EVENT_LOG_FORMAT: Format = {
  name: 'event-log',
  structure: 'octets',
  places: PLACES,
  judge: judgeLog,
  sound: async () => [
    await simulated('zeros behind it', 64),
    await simulated('nothing behind it', 0),
    ...genuine(),
  ],
};
