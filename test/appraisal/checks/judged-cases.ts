/** Evidence and reference values of which each verdict says something of its own; all that appraisal adds is told. */
import { appraise } from '../../../src/appraisal/appraise.js';
import { parsePolicy } from '../../../src/appraisal/policy-schema.js';
import { STANDARD_POLICY } from '../../../src/appraisal/standard-policy.js';
import type { AuthenticatedEvidence } from '../../../src/rats/evidence.js';
import { eventSetOf } from '../../../src/rats/measured-event.js';
import type { PlatformIdentity, PlatformKind } from '../../../src/rats/platform.js';
import type { AppraisalPolicy } from '../../../src/rats/policy.js';
import type { ReferenceQuery, ReferenceValue, Standing } from '../../../src/rats/reference-value.js';
import {
  AT,
  given,
  MEASUREMENT,
  NOT_GIVEN,
  OTHER,
  referenceValue,
  sampleEvidence,
} from '../sample-evidence.js';
import { REGISTERS, sampleTd, tdValue, ZERO } from '../sample-td.js';

export interface Case {
  readonly what: string;
  readonly appraisal: ReturnType<typeof appraise>;
}
type Changes = Partial<ReferenceValue>;

const judged = (
  what: string,
  references: ReferenceQuery,
  evidence: AuthenticatedEvidence = sampleEvidence(),
  policy: AppraisalPolicy = STANDARD_POLICY,
): Case => ({ what, appraisal: appraise(evidence, references, policy, AT) });

const SINCE = new Date('2026-10-01T22:30:00Z');
const DIGESTS = Array.from({ length: 6 }, (_, place) => `${place + 1}0`.repeat(48));
const setOf = (...places: readonly number[]) => eventSetOf(places.map((place) => DIGESTS[place] ?? ''));
const logged = (rtmr1: string, rtmr2 = setOf(5)) =>
  sampleTd({ rtmr0_events: '', rtmr1_events: rtmr1, rtmr2_events: rtmr2, rtmr3_events: '' });
const naming = (sets: readonly string[], changes: Changes = {}) => {
  const value = tdValue(['mrtd'], changes);
  return { ...value, match: { ...value.match, rtmr1_events: sets, rtmr2_events: [setOf(5)] } };
};
const beside = (standing: Standing, value: ReferenceValue): ReferenceQuery => ({
  given: true,
  candidates: [],
  neighbours: [{ value, standing }],
});
const later = (milliseconds: number) => new Date(AT.getTime() + milliseconds);
const both = (host_data: string) => ({ measurement: [MEASUREMENT], host_data: [host_data] });

export const referenceCases = (): readonly Case[] => [
  judged('nothing given', NOT_GIVEN),
  judged('nothing given for a TD', NOT_GIVEN, sampleTd()),
  judged('nothing given for a TD with a log', NOT_GIVEN, logged(setOf(0))),
  judged('nothing registered', given()),
  judged('nothing registered for a TD', given(), sampleTd()),
  judged('a match of the firmware', given(referenceValue({ covers: 'firmware' }))),
  judged(
    'a match of the firmware and more',
    given(referenceValue({ covers: 'firmware', match: both('22'.repeat(32)) })),
  ),
  judged('a match of all', given(referenceValue({ covers: 'runtime', match: both('22'.repeat(32)) }))),
  judged('a value of no workload', given(referenceValue({ workload: null, version: null }))),
  judged('the newest of three', given(...[2, 3, 1].map((version) => referenceValue({ version })))),
  judged('two workloads', given(referenceValue(), referenceValue({ workload: 'other', version: 4 }))),
  judged('a workload and none', given(referenceValue({ workload: null, version: null }), referenceValue())),
  judged('a TD by its MRTD', given(tdValue(['mrtd'])), sampleTd()),
  judged('a TD by its MRTD where one register is zero', given(tdValue(['mrtd'])), sampleTd({ rtmr2: ZERO })),
  judged(
    'a TD by a register that is zero',
    given(tdValue(['mrtd', 'rtmr1', 'rtmr2'], {}, { rtmr1: ZERO })),
    sampleTd({ rtmr1: ZERO }),
  ),
  judged(
    'a TD by registers that are zero, at run time',
    given(tdValue(['mrtd', 'rtmr1', 'rtmr2'], { covers: 'runtime' }, { rtmr1: ZERO, rtmr2: ZERO })),
    sampleTd({ rtmr1: ZERO, rtmr2: ZERO }),
  ),
  judged(
    'a TD by an MRTD that is zero',
    given(tdValue(['mrtd', 'rtmr1', 'rtmr2'], { covers: 'runtime' }, { mrtd: ZERO })),
    sampleTd({ mrtd: ZERO }),
  ),
  judged('a TD by one register', given(tdValue(['mrtd', 'rtmr2'])), sampleTd()),
  judged(
    'a TD by many that differ',
    given(tdValue(['mrtd', 'rtmr0', 'rtmr1', 'rtmr2'], {}, { rtmr0: OTHER, rtmr1: OTHER, rtmr2: OTHER })),
    sampleTd(),
  ),
  judged('a value of many measurements', given(referenceValue({ match: { measurement: DIGESTS } }))),
  judged(
    'a value of four measurements',
    given(referenceValue({ match: { measurement: DIGESTS.slice(0, 4) } })),
  ),
  judged(
    'a value of five measurements',
    given(referenceValue({ match: { measurement: DIGESTS.slice(0, 5) } })),
  ),
  judged('a value of none', given(referenceValue({ match: { measurement: [] } }))),
  judged(
    'a value of a field that is absent',
    given(referenceValue({ match: { ...both(''), rtmr9: ['00'] } })),
  ),
  judged(
    'a register that nobody read',
    given(tdValue(['mrtd', 'mrowner'], {}, { mrowner: OTHER })),
    sampleEvidence({ ...sampleTd(), referenceFields: { mrtd: REGISTERS.mrtd ?? '' } }),
  ),
  judged('a draft', beside({ state: 'draft' }, referenceValue())),
  judged('a draft of a TD', beside({ state: 'draft' }, tdValue(['mrtd'])), sampleTd()),
  ...[' spaced\u0007\u0007 out . ', 'x'.repeat(200), 'x'.repeat(201), '.', null].map((reason) =>
    judged('one revoked', beside({ state: 'revoked', since: SINCE, reason }, referenceValue())),
  ),
  judged(
    'one retired that differs',
    beside({ state: 'retired', since: SINCE }, referenceValue({ match: both(OTHER) })),
  ),
  ...[-1, 0, 1].map((from) => judged(`one from ${from}`, given(referenceValue({ notBefore: later(from) })))),
  ...[-1, 0, 1].map((until) =>
    judged(`one until ${until}`, given(referenceValue({ notAfter: later(until) }))),
  ),
  judged('one between', given(referenceValue({ notBefore: later(1), notAfter: later(2) }))),
  judged(
    'one that was',
    given(referenceValue({ notBefore: later(-2), notAfter: later(-1), match: both(OTHER) })),
  ),
];

export const eventCases = (): readonly Case[] => [
  judged('events as named', given(naming([setOf(0, 1)])), logged(setOf(0, 1))),
  judged('events as none of three', given(naming([setOf(2, 3, 4), setOf(0), setOf(4)])), logged(setOf(0, 1))),
  judged('the nearest of two', given(naming([setOf(0, 2), setOf(0, 1, 2)])), logged(setOf(0, 1))),
  judged('one missing', given(naming([setOf(0, 1)])), logged(setOf(0))),
  judged('one beside', given(naming([setOf(0)])), logged(setOf(0, 1))),
  judged(
    'four, five and six',
    given(naming([setOf(0, 1, 2, 3)])),
    logged(setOf(0, 1, 2, 3, 4), setOf(0, 1, 2, 3, 4, 5)),
  ),
  judged('events that are none', given(naming([''])), logged(setOf(0))),
  judged('none where some are named', given(naming([setOf(0)])), logged('')),
  judged('sets that are none', given(naming([])), logged(setOf(0))),
  judged('no log', given(naming([setOf(0)])), sampleTd()),
  judged(
    'no log, and a register that differs',
    given({ ...naming([setOf(0)]), match: { ...naming([setOf(0)]).match, rtmr0: [OTHER] } }),
    sampleTd(),
  ),
  judged('no log for a draft', beside({ state: 'draft' }, naming([setOf(0)])), sampleTd()),
  judged(
    'no log for a version that differs and is retired',
    beside({ state: 'retired', since: SINCE }, naming([setOf(0)], { version: 3 })),
    sampleTd({ mrtd: OTHER }),
  ),
  judged('a log of one register', given(naming([setOf(0)])), sampleTd({ rtmr1_events: setOf(0) })),
];

const IDENTITIES: readonly (PlatformIdentity | null)[] = [
  ...(['snp-chip-id', 'snp-csp-id', 'tdx-platform-instance'] as readonly PlatformKind[]).map((kind) => ({
    kind,
    value: `of ${kind}`,
  })),
  null,
];
const OWNED = parsePolicy({ name: 'owned', common: { platforms: 'registered' } });

export const otherCases = (): readonly Case[] => [
  ...IDENTITIES.map((platformIdentity) =>
    judged('a machine', given(referenceValue()), sampleEvidence({ platformIdentity }), OWNED),
  ),
  judged('a guest open to a debugger', given(referenceValue()), sampleEvidence({ debug: true })),
  judged('a TD open to a debugger', given(tdValue(['mrtd'])), sampleTd({}, { debug: true })),
  ...['', 'Unknown', 'OutOfDate'].map((status) =>
    judged(
      `status ${status}`,
      given(referenceValue()),
      sampleEvidence({ tcb: { ...sampleEvidence().tcb, status } }),
    ),
  ),
  judged(
    'a status of no source',
    given(referenceValue()),
    sampleEvidence({ tcb: { ...sampleEvidence().tcb, source: '' } }),
  ),
];
