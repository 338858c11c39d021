/** To whom a data key goes: a small JSON document for each key. What it does not name is refused, and so is a member that is none. */
import { createHash } from 'node:crypto';
import { readPlainJson } from './plain-json.mjs';

const isText = (value) => typeof value === 'string' && value !== '';
const isTruth = (value) => typeof value === 'boolean';
const isCount = (value) => Number.isSafeInteger(value) && value > 0;
const isListOf = (isItem) => (value) => Array.isArray(value) && value.length > 0 && value.every(isItem);

/** Members that each policy has. */
const NEEDED = {
  issuer: [isText, 'the URL of an issuer'],
  audience: [isText, 'a name'],
  workloads: [isListOf(isText), 'a list of names'],
  tees: [isListOf(isText), 'a list such as ["sev-snp", "tdx"]'],
  tcb_status: [isListOf(isText), 'a list such as ["UpToDate"]'],
  max_token_age_seconds: [isCount, 'a whole number from 1'],
};
/** Members that it may have; without them nothing more is taken than the word says. */
const MORE = {
  minimum_status: [(value) => value === 'affirming' || value === 'warning', 'affirming or warning'],
  min_reference_version: [isCount, 'a whole number from 1'],
  reference_versions: [isListOf(isCount), 'a list of whole numbers from 1'],
  allow_simulated: [isTruth, 'true or false'],
  allow_debug: [isTruth, 'true or false'],
};
const FORM = { ...NEEDED, ...MORE };

/** A policy from the bytes of its file. Throws Error in words for whoever wrote it. */
export function parsePolicy(bytes) {
  const document = readPlainJson(bytes);
  for (const name of Object.keys(NEEDED)) {
    if (!Object.hasOwn(document, name)) throw new Error(`\`${name}\` is missing`);
  }
  for (const [name, value] of Object.entries(document)) {
    if (!Object.hasOwn(FORM, name)) throw new Error(`\`${name}\` is no member of a policy`);
    const [fits, meaning] = FORM[name];
    if (!fits(value)) throw new Error(`\`${name}\` takes ${meaning}`);
  }
  return Object.freeze({ ...document, digest: createHash('sha256').update(bytes).digest('hex') });
}

/** What the key is refused for, as `[code, detail]`; null: nothing. `token`: a `VerifiedToken`; `at`: the instant it is judged by. */
export function objectionOf(policy, token, at) {
  const { att } = token;
  const { minimum_status: minimum = 'affirming' } = policy;
  const { min_reference_version: lowest = 1, reference_versions: versions } = policy;
  const age = (at.getTime() - token.issuedAt.getTime()) / 1000;
  // In this order: whose key it is comes first, so that nobody learns what is asked of others.
  if (policy.issuer !== token.issuer || policy.audience !== token.audience) return notYours(att);
  if (!policy.workloads.includes(att.workload)) return notYours(att);
  if (att.simulated && policy.allow_simulated !== true) {
    return ['simulated_unwanted', 'the evidence behind the token came from a simulated vendor'];
  }
  if (att.debug && policy.allow_debug !== true) return ['debug_unwanted', 'the guest runs with debugging on'];
  if (token.status !== 'affirming' && minimum === 'affirming') {
    return ['status_insufficient', `the status is ${token.status}, and affirming is asked`];
  }
  if (!policy.tees.includes(att.tee)) return ['tee_unwanted', `the TEE ${att.tee} is not taken for this key`];
  if (!policy.tcb_status.includes(att.tcb_status)) {
    return ['tcb_status_unwanted', `the TCB status ${att.tcb_status} is not taken for this key`];
  }
  if (att.reference_version < lowest || (versions && !versions.includes(att.reference_version))) {
    return ['version_unwanted', `reference version ${att.reference_version} is not taken for this key`];
  }
  if (age > policy.max_token_age_seconds) {
    return ['token_too_old', `the token is older than ${policy.max_token_age_seconds} s: attest again`];
  }
  return null;
}

/** One answer for a key of others and for one that does not exist. */
export function notYours({ workload }) {
  return ['key_not_yours', `the workload ${workload} has no key of this name`];
}
