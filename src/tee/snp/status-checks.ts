/** How current the firmware is by the table of AMD's bulletins, and what of it the policy accepts. */
import { checked, notRun } from '../../rats/check.js';
import { onceFor, onceForEach } from '../../rats/once.js';
import type { CommonPolicy } from '../../rats/policy.js';
import {
  type Acceptance,
  type Accepted,
  acceptanceOf,
  acceptedText,
  dateShortfall,
} from '../../rats/tcb-acceptance.js';
import type { SnpCheck, SnpFacts } from './appraisal-input.js';
import { type BulletinTable, sourceOf } from './bulletin-table.js';
import { type BulletinFinding, findingsOf, TCB_STATUSES } from './bulletins.js';
import { cpuidText, type SnpProduct } from './product.js';
import { tableFloorText } from './table-floor.js';

const sourceText = onceFor((table: BulletinTable) => {
  const notCovered = `not covered: ${table.notCovered.join(', ')}`;
  return onceForEach(8, (product: SnpProduct) => `${sourceOf(table)}, table of ${product}; ${notCovered}`);
});

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

/** The findings that are accepted neither by bulletin nor by status. */
function unaccepted(findings: readonly BulletinFinding[], accepted: Accepted): BulletinFinding[] {
  return findings.filter((finding) => {
    const status = statusOf(finding);
    const byStatus = status === null || accepted.statuses.includes(status);
    return !byStatus && !accepted.advisories.includes(finding.bulletin);
  });
}

/** `AMD-SB-3020 vulnerable (snp 24 below 27; confidence B)`. */
function findingText({ bulletin, outcome, reason, confidence }: BulletinFinding): string {
  const sure = confidence === null ? [] : [`confidence ${confidence}`];
  return `${bulletin} ${outcome.replace('_', ' ')} (${[reason, ...sure].join('; ')})`;
}

type StatusFacts = Pick<SnpFacts, 'tcb' | 'common' | 'at'> & {
  readonly findings: readonly BulletinFinding[];
};

/** Accepted when listed, or when each finding behind the status is. */
function acceptanceOfStatus({ tcb, common, at, findings }: StatusFacts): Acceptance {
  const behind = findings.some((finding) => statusOf(finding) === tcb.status);
  return acceptanceOf(
    common,
    at,
    (accepted) =>
      unaccepted(findings, accepted).length === 0 && (behind || accepted.statuses.includes(tcb.status)),
  );
}

const findingsBehind = ({ report, product, tcb, table }: SnpFacts): BulletinFinding[] =>
  findingsOf({ report, product, table, advisories: tcb.advisories });

/** End of the grace without which the status would not be accepted; null: it needs none, or nothing helps it. */
export function graceUntil(facts: SnpFacts): Date | null {
  if (facts.common.grace === null || facts.tcb.status === 'Unknown') return null;
  const acceptance = acceptanceOfStatus({ ...facts, findings: findingsBehind(facts) });
  return acceptance.kind === 'grace' ? acceptance.until : null;
}

/** The denied bulletins that are not shown to be fixed: they deny whatever is accepted. */
function deniedOf({ tcb, common }: Pick<SnpFacts, 'tcb' | 'common'>): readonly string[] {
  return tcb.advisories.filter((bulletin) => common.denied_advisories.includes(bulletin));
}

/**
 * `Unknown` is never a yes: it is left open here and caps the hardware claim. Every other status is accepted
 * when listed, or when the policy accepts each finding behind it.
 */
const tcbStatus: SnpCheck = (facts) => {
  const { report, product, tcb, at, common, table } = facts;
  const code = 'snp_tcb_status_not_accepted';
  const source = sourceText(table)(product);
  const findings = findingsBehind(facts);
  const floor = report.cpuid === null ? '' : tableFloorText(table, cpuidText(report.cpuid), at);
  const denied = deniedOf(facts);
  const old = dateShortfall(common, [tcb.date]);
  const holds = denied.length === 0 && old === null;
  // What of it the policy is about is expected and not observed: an attester may be told the one without the other.
  const expected = joined(
    wantedText(common),
    denied.length === 0 ? null : `denied and open: ${denied.join(', ')}`,
    floor === '' ? null : `the table asks for ${floor}`,
  );
  const acceptance = acceptanceOfStatus({ tcb, common, at, findings });
  const inGrace =
    holds && acceptance.kind === 'grace' ? `in grace until ${acceptance.until.toISOString()}` : null;
  const observed = joined(tcb.status, old, inGrace, ...findings.map(findingText));
  if (tcb.status === 'Unknown' && holds) {
    const why = `${observed}; no row of the table decides about this processor`;
    const remedy =
      'Update the firmware so that the report names its processor (version 3 or later), or let the audience take `warning`: nothing says how current this firmware is.';
    return notRun(code, source, why, { expected, remedy });
  }
  return checked(holds && acceptance.kind !== 'none', code, source, { expected, observed });
};

function joined(first: string, ...others: readonly (string | null)[]): string {
  return others.reduce<string>((text, other) => (other === null ? text : `${text}; ${other}`), first);
}

/** What the policy asks of a status. */
const wantedText = onceFor((common: CommonPolicy): string => {
  const { accepted_advisories: accepted, denied_advisories: denied, grace, minimum_tcb_date: date } = common;
  const spared = grace?.advisories ?? [];
  return [
    `${acceptedText(common, TCB_STATUSES)}${accepted.length === 0 ? '' : `, or every finding among ${accepted.join(', ')}`}`,
    ...(grace === null || spared.length === 0
      ? []
      : [`before ${grace.until} also every finding among ${spared.join(', ')}`]),
    ...(denied.length === 0 ? [] : [`none of ${denied.join(', ')}`]),
    ...(date === null ? [] : [`TCB date ${date} or later`]),
  ].join('; ');
});

export const STATUS_CHECKS: readonly SnpCheck[] = [tcbStatus];
