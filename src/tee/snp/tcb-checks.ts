/** How old the firmware may be: status by AMD's bulletins, the policy's own floors, commitment, mitigations. */
import { checked, failed, notRun } from '../../rats/check.js';
import type { SnpPolicy, TcbFloor } from '../../rats/policy.js';
import type { SnpCheck, SnpFacts } from './appraisal-input.js';
import { BULLETIN_SOURCE, BULLETINS } from './bulletin-table.js';
import { type BulletinFinding, findingsOf, lineOf, mitigationsClear, tableFloor } from './bulletins.js';
import { cpuidText } from './product.js';
import { compareFirmware, type FirmwareVersion, firmwareText } from './report.js';
import { componentsBelow, decodeTcb, TCB_COMPONENTS, tcbEqual, tcbText } from './tcb.js';

const SOURCE = 'AMD 56860, ATTESTATION_REPORT';

/** Which status has to be accepted for a finding; null: it stands in nobody's way. */
function statusOf({ outcome }: BulletinFinding): string | null {
  switch (outcome) {
    case 'vulnerable':
      return 'OutOfDate';
    case 'flag_missing':
      return 'ConfigurationNeeded';
    case 'not_shown':
    case 'conflicting':
      return 'NotShown';
    default:
      return null;
  }
}

/** The findings that the policy accepts neither by bulletin nor by status. */
function unaccepted(findings: readonly BulletinFinding[], policy: SnpPolicy): BulletinFinding[] {
  return findings.filter((finding) => {
    const status = statusOf(finding);
    const byStatus = status === null || policy.accepted_tcb_statuses.includes(status);
    return !byStatus && !policy.accepted_advisories.includes(finding.bulletin);
  });
}

/** `AMD-SB-3020 vulnerable (snp 24 below 27; confidence B)`. */
function findingText({ bulletin, outcome, reason, confidence }: BulletinFinding): string {
  const sure = confidence === null ? [] : [`confidence ${confidence}`];
  return `${bulletin} ${outcome.replace('_', ' ')} (${[reason, ...sure].join('; ')})`;
}

/**
 * `Unknown` is never a yes: it is left open here and caps the hardware claim. Every other status is accepted
 * when listed, or when the policy accepts each finding behind it.
 */
const tcbStatus: SnpCheck = ({ report, product, tcb, at, policy }) => {
  const code = 'snp_tcb_status_not_accepted';
  const source = `${tcb.source}; not covered: ${BULLETINS.notCovered.join(', ')}`;
  const findings = findingsOf({ report, product, advisories: tcb.advisories });
  const advisories = policy.accepted_advisories;
  const knowing = advisories.length === 0 ? '' : `, or every finding among ${advisories.join(', ')}`;
  const floor = report.cpuid === null ? '' : floorText(tableFloor(cpuidText(report.cpuid), at));
  const asked = floor === '' ? '' : `; the table asks for ${floor}`;
  const expected = `${policy.accepted_tcb_statuses.join(' or ')}${knowing}${asked}`;
  const observed = [tcb.status, ...findings.map(findingText)].join('; ');
  if (tcb.status === 'Unknown') {
    const why = `${observed}; no row of the table decides about this processor`;
    const remedy =
      'Nothing says how current this firmware is: update it so that the report names its processor (version 3 or later), or let the audience take `warning`.';
    return notRun(code, source, why, { expected, remedy });
  }
  const open = unaccepted(findings, policy);
  const listed = policy.accepted_tcb_statuses.includes(tcb.status);
  const holds = open.length === 0 && (listed || findings.some((finding) => statusOf(finding) === tcb.status));
  return checked(holds, code, source, { expected, observed });
};

const floorText = (floor: TcbFloor): string =>
  TCB_COMPONENTS.flatMap((name) => (floor[name] === undefined ? [] : [`${name} ${floor[name]}`])).join(', ');

/** The policy's floors come on top of the table's: one below the table is pointed out, and lifts nothing. */
const tcbFloor: SnpCheck = ({ report, product, at, policy }) => {
  const code = 'snp_tcb_below_minimum';
  const source = `${SOURCE}.REPORTED_TCB, COMMITTED_TCB, LAUNCH_TCB`;
  if (report.cpuid === null) {
    if (!policy.tcb_floors.some(({ cpuid }) => lineOf(cpuid) === product)) {
      return notRun(code, source, `the policy has no floor for ${product}`);
    }
    return failed(code, source, {
      expected: `a processor with a floor: ${policy.tcb_floors.map(({ cpuid }) => cpuid).join(', ')}`,
      observed: `a version ${report.version} report does not name its processor`,
    });
  }
  const key = cpuidText(report.cpuid);
  const floor = policy.tcb_floors.find(({ cpuid }) => cpuid === key)?.tcb;
  if (floor === undefined) return notRun(code, source, `the policy has no floor for processor ${key}`);
  const below = [
    ['reported', report.reportedTcb] as const,
    ['committed', report.committedTcb] as const,
    ['launch', report.launchTcb] as const,
  ].flatMap(([name, raw]) => {
    const tcb = decodeTcb(raw, product);
    return componentsBelow(tcb, floor).map((component) => `${name} ${component} ${tcb[component]}`);
  });
  const observed = below.length === 0 ? tcbText(decodeTcb(report.reportedTcb, product)) : below.join(', ');
  const expected = `at least ${floorText(floor)}${belowTable(floor, tableFloor(key, at))}`;
  return checked(below.length === 0, code, source, { expected, observed });
};

function belowTable(floor: TcbFloor, table: TcbFloor): string {
  const lower: TcbFloor = Object.fromEntries(
    TCB_COMPONENTS.flatMap((name) => {
      const asked = floor[name];
      const known = table[name];
      return asked !== undefined && known !== undefined && asked < known ? [[name, known]] : [];
    }),
  );
  const text = floorText(lower);
  return text === '' ? '' : ` (this floor is below ${BULLETIN_SOURCE}, which asks for ${text})`;
}

const firmwareFloor: SnpCheck = ({ report, policy }) => {
  const code = 'snp_firmware_below_minimum';
  const source = `${SOURCE}.COMMITTED_VERSION`;
  if (policy.minimum_firmware === null) return notRun(code, source, 'the policy has no firmware floor');
  const holds = compareFirmware(report.committedVersion, versionOf(policy.minimum_firmware)) >= 0;
  return checked(holds, code, source, {
    expected: `at least ${policy.minimum_firmware}`,
    observed: firmwareText(report.committedVersion),
  });
};

const provisional: SnpCheck = ({ report, product, policy }) => {
  const current = decodeTcb(report.currentTcb, product);
  const committed = decodeTcb(report.committedTcb, product);
  const same =
    tcbEqual(current, committed) && compareFirmware(report.currentVersion, report.committedVersion) === 0;
  const text = (name: string, tcb: typeof current, version: FirmwareVersion): string =>
    `${name} ${firmwareText(version)} with ${tcbText(tcb)}`;
  return checked(
    policy.allow_provisional_firmware || same,
    'snp_firmware_provisional',
    `${SOURCE}.COMMITTED_TCB, COMMITTED_VERSION`,
    {
      expected: policy.allow_provisional_firmware ? 'committed or not' : 'committed equals current',
      observed: same
        ? text('committed', committed, report.committedVersion)
        : `${text('committed', committed, report.committedVersion)}; ${text('current', current, report.currentVersion)}`,
    },
  );
};

/** Before version 5 the vectors do not exist: what the policy asks for is then not shown, so not accepted. */
const mitigations: SnpCheck = ({ report, policy }) => {
  const code = 'snp_mitigation_missing';
  const source = `${SOURCE}.LAUNCH_MIT_VECTOR, CURRENT_MIT_VECTOR`;
  const bits = policy.mitigation_bits;
  if (bits.length === 0) return notRun(code, source, 'the policy asks for no mitigation bit');
  const expected = `bits ${bits.join(', ')} set at launch and now`;
  const clear = mitigationsClear(report, bits);
  if (clear === null) {
    const observed = `unknown: a version ${report.version} report has no mitigation vectors`;
    return failed(code, source, { expected, observed });
  }
  return checked(clear.length === 0, code, source, { expected, observed: vectorsText({ report }) });
};

function vectorsText({ report }: Pick<SnpFacts, 'report'>): string {
  const hex = (vector: bigint | null): string => (vector === null ? 'absent' : `0x${vector.toString(16)}`);
  return `launch ${hex(report.launchMitVector)}, current ${hex(report.currentMitVector)}`;
}

/** `1.55.29` to its numbers; the policy schema has checked the form. */
function versionOf(text: string): FirmwareVersion {
  const [major = 0, minor = 0, build = 0] = text.split('.').map(Number);
  return { major, minor, build };
}

export const TCB_CHECKS: readonly SnpCheck[] = [tcbStatus, tcbFloor, firmwareFloor, provisional, mitigations];
