/** How the TD was set up when it was created: TDATTRIBUTES, XFAM, and the service TDs bound to it. */
import { allZero, hexOf } from '../../bytes/encoding.js';
import { checked } from '../../rats/check.js';
import { askedOnce, onceForEach } from '../../rats/once.js';
import type { TdxPolicy } from '../../rats/policy.js';
import type { CheckResult } from '../../rats/result.js';
import type { TdxCheck } from './appraisal-input.js';
import {
  ATTRIBUTE_BIT,
  ATTRIBUTES_UNTRUSTED,
  type AttributeName,
  XFAM_ALLOWED,
  XFAM_REQUIRED,
} from './layout.js';
import { type TdReport, wordOf } from './td-report.js';

const ATTRIBUTES = 'Intel 348551, table of ATTRIBUTES';
const NAMES = Object.keys(ATTRIBUTE_BIT) as AttributeName[];

/** Of bits 7:0 (group TUD); those without a name are reserved. */
const UNTRUSTED_NAMES: Readonly<Record<number, string>> = {
  0: 'DEBUG',
  4: 'HGS_PLUS_PROF',
  5: 'PERF_PROF',
  6: 'PMT_PROF',
};

/** Bits that no rule names. */
const KNOWN = NAMES.reduce((word, name) => word | (1n << BigInt(ATTRIBUTE_BIT[name])), ATTRIBUTES_UNTRUSTED);

const wordText = (name: string, word: bigint): string => `${name} 0x${word.toString(16).padStart(16, '0')}`;
const attributesText = (word: bigint): string => wordText('TDATTRIBUTES', word);

/** Positions of the bits that are set, lowest first. */
function bitsOf(word: bigint): number[] {
  const bits: number[] = [];
  for (let bit = 0, rest = word; rest !== 0n; bit += 1, rest >>= 1n) if ((rest & 1n) === 1n) bits.push(bit);
  return bits;
}

/** DEBUG, profiling or a reserved bit of the same group: the host may look into the TD. */
export function isDebuggable({ tdAttributes }: TdReport): boolean {
  return (wordOf(tdAttributes) & ATTRIBUTES_UNTRUSTED) !== 0n;
}

/** No policy can lift this one. */
const debug = onceForEach(256, (word: bigint): CheckResult => {
  const set = bitsOf(word & ATTRIBUTES_UNTRUSTED).map((bit) => {
    const name = UNTRUSTED_NAMES[bit];
    return name === undefined ? `reserved bit ${bit}` : `${name} (bit ${bit})`;
  });
  const check = checked((word & ATTRIBUTES_UNTRUSTED) === 0n, 'tdx_debug_td', `${ATTRIBUTES}.TUD`, {
    expected: 'bits 7:0 clear',
    observed: set.length === 0 ? attributesText(word) : `${set.join(', ')} set, ${attributesText(word)}`,
  });
  return Object.freeze(check);
});

const attributes = askedOnce((word: bigint, policy: TdxPolicy): CheckResult => {
  const { rules, text } = attributeRules(policy.attributes);
  const named = rules
    .filter(({ mask, required }) => ((word & mask) !== 0n) !== required)
    .map(({ name, required }) => `${name} ${required ? 'clear' : 'set'}`);
  const reserved = bitsOf(word & ~KNOWN).map((bit) => `reserved bit ${bit} set`);
  const problems = [...named, ...reserved];
  return checked(problems.length === 0, 'tdx_attributes_forbidden', ATTRIBUTES, {
    expected: text,
    observed: [...problems, attributesText(word)].join(', '),
  });
});

interface AttributeRules {
  /** In the order of the layout, without those that may be either. */
  readonly rules: readonly {
    readonly name: AttributeName;
    readonly mask: bigint;
    readonly required: boolean;
  }[];
  readonly text: string;
}

/** What the policy asks of the bits that have names. */
function attributeRules(asked: TdxPolicy['attributes']): AttributeRules {
  const rules = NAMES.filter((name) => asked[name] === 'required' || asked[name] === 'forbidden').map(
    (name) => ({ name, mask: 1n << BigInt(ATTRIBUTE_BIT[name]), required: asked[name] === 'required' }),
  );
  return { rules, text: wantedText(asked) };
}

/** `sept_ve_disable set; servtd_ext, migratable, reserved bits clear`. */
function wantedText(rules: TdxPolicy['attributes']): string {
  const required = NAMES.filter((name) => rules[name] === 'required');
  const forbidden = NAMES.filter((name) => rules[name] === 'forbidden');
  const set = required.length === 0 ? [] : [`${required.join(', ')} set`];
  return [...set, `${[...forbidden, 'reserved bits'].join(', ')} clear`].join('; ');
}

interface XfamMasks {
  readonly required: bigint;
  readonly allowed: bigint;
  readonly text: string;
}

const maskOf = (bits: readonly number[]): bigint =>
  bits.reduce((mask, bit) => mask | (1n << BigInt(bit)), 0n);

/** The module's own masks with what the policy adds. */
function xfamMasks(rules: TdxPolicy['xfam']): XfamMasks {
  const required = XFAM_REQUIRED | maskOf(rules.required);
  const allowed = XFAM_ALLOWED & ~maskOf(rules.forbidden);
  const text = `bits 0x${required.toString(16)} set, none outside 0x${allowed.toString(16)}`;
  return { required, allowed, text };
}

/** A report outside the module's masks was not made by a module that is known here. */
const xfam = askedOnce((word: bigint, policy: TdxPolicy): CheckResult => {
  const { required, allowed, text } = xfamMasks(policy.xfam);
  const missing = bitsOf(required & ~word).map((bit) => `bit ${bit} clear`);
  const foreign = bitsOf(word & ~allowed).map((bit) => `bit ${bit} set`);
  const problems = [...missing, ...foreign];
  return checked(problems.length === 0, 'tdx_xfam_invalid', 'Intel 344425, table of XFAM', {
    expected: text,
    observed: [...problems, wordText('XFAM', word)].join(', '),
  });
});

const serviceTd: TdxCheck = ({ report: { mrServiceTd }, policy }) => {
  const bound = mrServiceTd === null || allZero(mrServiceTd) ? null : hexOf(mrServiceTd);
  const unbound =
    mrServiceTd === null
      ? 'none bound: TD report 1.0 knows no service TD'
      : 'none bound: MRSERVICETD is zero';
  return checked(
    bound === null || policy.service_tds.includes(bound),
    'tdx_service_td_not_allowed',
    'Intel 348551, table of TDINFO_STRUCT: SERVTD_HASH (MRSERVICETD)',
    { expected: ['none bound', ...policy.service_tds].join(' or '), observed: bound ?? unbound },
  );
};

export const ATTRIBUTE_CHECKS: readonly TdxCheck[] = [
  ({ report }) => debug(wordOf(report.tdAttributes)),
  ({ report, policy }) => attributes(wordOf(report.tdAttributes), policy),
  ({ report, policy }) => xfam(wordOf(report.xfam), policy),
  serviceTd,
];
