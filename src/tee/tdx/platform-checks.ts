/** Which platform it is, by its PCK certificate: family, instance, and how it was set up. */
import { hexOf } from '../../bytes/encoding.js';
import { checked, notRun } from '../../rats/check.js';
import type { PlatformIdentity } from '../../rats/platform.js';
import type { TdxPolicy } from '../../rats/policy.js';
import type { TdxCheck, TdxFacts } from './appraisal-input.js';
import type { PckFacts, PlatformConfiguration } from './pck.js';

const PCK = 'Intel SGX PCK certificate and CRL profile specification, section 1.3';

const fmspc: TdxCheck = ({ pck, policy }) => {
  const family = hexOf(pck.fmspc);
  const allowed = policy.fmspcs;
  return checked(allowed === null || allowed.includes(family), 'tdx_fmspc_not_allowed', `${PCK}, FMSPC`, {
    expected: allowed === null ? 'any' : allowed.join(' or ') || 'none',
    observed: family,
  });
};

/** Null: the certificate is one of the Processor CA, which names no platform. */
export function identityOf({
  platformInstanceId,
}: Pick<PckFacts, 'platformInstanceId'>): PlatformIdentity | null {
  return platformInstanceId === null
    ? null
    : { kind: 'tdx-platform-instance', value: hexOf(platformInstanceId) };
}

const SETTINGS = ['dynamic_platform', 'cached_keys', 'smt_enabled'] as const;
type Setting = (typeof SETTINGS)[number];

const MEMBERS: Readonly<Record<Setting, keyof PlatformConfiguration>> = {
  dynamic_platform: 'dynamicPlatform',
  cached_keys: 'cachedKeys',
  smt_enabled: 'smtEnabled',
};

const settingText = (name: Setting, value: boolean | null): string =>
  `${name} ${value ?? 'unknown (the PCK certificate does not say)'}`;

/** Rules of the policy that the platform's settings break. Unknown is neither yes nor no: it breaks both. */
export function brokenSettings({ pck, policy }: Pick<TdxFacts, 'pck' | 'policy'>): readonly string[] {
  return SETTINGS.flatMap((name) => {
    const rule = policy.platform[name];
    const value = pck.configuration[MEMBERS[name]];
    const holds = rule === 'any' || value === (rule === 'required');
    return holds ? [] : [settingText(name, value)];
  });
}

export type InstanceStanding = 'unasked' | 'listed' | 'unlisted' | 'denied' | 'unknown';

/**
 * Where the policy's lists put this platform. `unasked`: they allow any, and deny only others; `unknown`: they
 * name platforms, and the certificate names none.
 */
export function instanceStanding({ pck, policy }: Pick<TdxFacts, 'pck' | 'policy'>): InstanceStanding {
  const { platform_instances_allowed: allowed, platform_instances_denied: denied } = policy;
  if (allowed === null && denied.length === 0) return 'unasked';
  if (pck.platformInstanceId === null) return 'unknown';
  const instance = hexOf(pck.platformInstanceId);
  if (denied.includes(instance)) return 'denied';
  if (allowed === null) return 'unasked';
  return allowed.includes(instance) ? 'listed' : 'unlisted';
}

const ACCEPTED: readonly InstanceStanding[] = ['unasked', 'listed'];

const platform: TdxCheck = (facts) => {
  const code = 'tdx_platform_not_allowed';
  const source = `${PCK}, platform instance id and configuration`;
  const { pck, policy } = facts;
  const wanted = [...settingsWanted(policy), ...instancesWanted(policy)];
  if (wanted.length === 0) {
    return notRun(code, source, 'the policy names no platforms and asks for no setting');
  }
  const broken = brokenSettings(facts);
  const accepted = ACCEPTED.includes(instanceStanding(facts));
  const instance =
    pck.platformInstanceId === null
      ? 'no platform instance id'
      : `platform instance ${hexOf(pck.platformInstanceId)}`;
  const kept = SETTINGS.filter((name) => policy.platform[name] !== 'any').map((name) =>
    settingText(name, pck.configuration[MEMBERS[name]]),
  );
  const named = accepted && broken.length > 0 ? [] : [instance];
  const observed = [...(broken.length > 0 || !accepted ? broken : kept), ...named];
  return checked(accepted && broken.length === 0, code, source, {
    expected: wanted.join('; '),
    observed: observed.join('; '),
  });
};

function settingsWanted({ platform: rules }: TdxPolicy): string[] {
  return SETTINGS.filter((name) => rules[name] !== 'any').map(
    (name) => `${name} ${rules[name] === 'required'}`,
  );
}

function instancesWanted(policy: TdxPolicy): string[] {
  const { platform_instances_allowed: allowed, platform_instances_denied: denied } = policy;
  const one = allowed === null ? [] : [`one of ${allowed.length} allowed platform instances`];
  return denied.length === 0 ? one : [...one, `none of ${denied.length} denied platform instances`];
}

export const PLATFORM_CHECKS: readonly TdxCheck[] = [fmspc, platform];
