/** How old the firmware may be by the policy's own floors: TCB, firmware version, commitment, mitigations. */
import { checked, failed, notRun, passed } from '../../rats/check.js';
import { askedOnce } from '../../rats/once.js';
import type { SnpPolicy, TcbFloor } from '../../rats/policy.js';
import type { SnpCheck, SnpFacts } from './appraisal-input.js';
import { type BulletinTable, sourceOf } from './bulletin-table.js';
import { mitigationsClear } from './bulletins.js';
import { demandsOn, processorText } from './processor-choice.js';
import { cpuidText } from './product.js';
import { compareFirmware, type FirmwareVersion, firmwareText, type SnpReport } from './report.js';
import { tableFloor } from './table-floor.js';
import { componentsBelow, decodeTcb, floorText, TCB_COMPONENTS, tcbEqual, tcbText } from './tcb.js';

const SOURCE = 'AMD 56860, section 7.3, ATTESTATION_REPORT';

/** The policy's floors come on top of the table's: one below the table is pointed out, and lifts nothing. */
const tcbFloor: SnpCheck = ({ report, product, at, policy, table }) => {
  const code = 'snp_tcb_below_minimum';
  const source = `${SOURCE}.REPORTED_TCB, COMMITTED_TCB, LAUNCH_TCB`;
  const { demands, undecided } = demandsOn({ report, product }, policy.tcb_floors);
  if (undecided.length > 0) return failed(code, source, unnamed(report, undecided));
  if (demands.length === 0)
    return notRun(code, source, `the policy has no floor for ${processorText({ report, product })}`);
  const floor = highest(demands.map(({ tcb }) => tcb));
  const below = [
    ['reported', report.reportedTcb] as const,
    ['committed', report.committedTcb] as const,
    ['launch', report.launchTcb] as const,
  ].flatMap(([name, raw]) => {
    const tcb = decodeTcb(raw, product);
    return componentsBelow(tcb, floor).map((component) => `${name} ${component} ${tcb[component]}`);
  });
  const observed = below.length === 0 ? tcbText(decodeTcb(report.reportedTcb, product)) : below.join(', ');
  const asked = report.cpuid === null ? {} : tableFloor(table, cpuidText(report.cpuid), at);
  const expected = `at least ${floorText(floor)}${belowTable(floor, asked, table)}`;
  return checked(below.length === 0, code, source, { expected, observed });
};

/** Per component the highest of all. */
function highest(floors: readonly TcbFloor[]): TcbFloor {
  return Object.fromEntries(
    TCB_COMPONENTS.flatMap((name) => {
      const levels = floors.flatMap((floor) => floor[name] ?? []);
      return levels.length === 0 ? [] : [[name, Math.max(...levels)]];
    }),
  );
}

/** The entry for evidence that does not say which of the demands are made of it. */
function unnamed({ version }: SnpReport, undecided: readonly string[]) {
  return {
    expected: `a processor that is named, to be held to what the policy asks of ${undecided.join(', ')}`,
    observed: `a version ${version} report does not name its processor`,
  };
}

function belowTable(floor: TcbFloor, required: TcbFloor, table: BulletinTable): string {
  const lower: TcbFloor = Object.fromEntries(
    TCB_COMPONENTS.flatMap((name) => {
      const asked = floor[name];
      const known = required[name];
      return asked !== undefined && known !== undefined && asked < known ? [[name, known]] : [];
    }),
  );
  const text = floorText(lower);
  return text === '' ? '' : ` (this floor is below ${sourceOf(table)}, which asks for ${text})`;
}

const firmwareFloor: SnpCheck = ({ report, product, policy }) => {
  const code = 'snp_firmware_below_minimum';
  const source = `${SOURCE}.COMMITTED_VERSION`;
  const { demands, undecided } = demandsOn({ report, product }, policy.firmware_floors);
  if (undecided.length > 0) return failed(code, source, unnamed(report, undecided));
  const general = policy.minimum_firmware === null ? [] : [policy.minimum_firmware];
  const minima = [...general, ...demands.map(({ minimum }) => minimum)];
  if (minima.length === 0) return notRun(code, source, 'the policy has no firmware floor');
  const holds = minima.every((minimum) => compareFirmware(report.committedVersion, versionOf(minimum)) >= 0);
  return checked(holds, code, source, {
    expected: `at least ${minima.join(' and ')}`,
    observed: firmwareText(report.committedVersion),
  });
};

const provisional: SnpCheck = ({ report, product, policy }) => {
  const current = decodeTcb(report.currentTcb, product);
  const committed = decodeTcb(report.committedTcb, product);
  const same =
    tcbEqual(current, committed) && compareFirmware(report.currentVersion, report.committedVersion) === 0;
  if (same)
    return committedWhole(`${firmwareText(report.committedVersion)} with ${tcbText(committed)}`, policy);
  return checked(policy.allow_provisional_firmware, 'snp_firmware_provisional', COMMITTED_SOURCE, {
    expected: committedExpected(policy),
    observed: `committed ${firmwareText(report.committedVersion)} with ${tcbText(committed)}; current ${firmwareText(report.currentVersion)} with ${tcbText(current)}`,
  });
};

const COMMITTED_SOURCE = `${SOURCE}.COMMITTED_TCB, COMMITTED_VERSION`;

const committedExpected = ({ allow_provisional_firmware: allowed }: SnpPolicy): string =>
  allowed ? 'committed or not' : 'committed equals current';

const committedWhole = askedOnce((firmware: string, policy: SnpPolicy) =>
  passed('snp_firmware_provisional', COMMITTED_SOURCE, {
    expected: committedExpected(policy),
    observed: `committed ${firmware}`,
  }),
);

/** Before version 5 the vectors do not exist: what the policy asks for is then not shown, so not accepted. */
const mitigations: SnpCheck = ({ report, product, policy }) => {
  const code = 'snp_mitigation_missing';
  const source = `${SOURCE}.LAUNCH_MIT_VECTOR, CURRENT_MIT_VECTOR`;
  const { demands, undecided } = demandsOn({ report, product }, policy.mitigation_floors);
  if (undecided.length > 0) return failed(code, source, unnamed(report, undecided));
  const bits = [...new Set([...policy.mitigation_bits, ...demands.flatMap((demand) => demand.bits)])];
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

export const TCB_CHECKS: readonly SnpCheck[] = [tcbFloor, firmwareFloor, provisional, mitigations];
