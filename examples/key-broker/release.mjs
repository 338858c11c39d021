/**
 * From a request to an encrypted data key, in this order: token and possession of its key (`assay/client`), the key to encrypt to,
 * the policy, the audit, the reply. What fails before it is known who asks leaves a count and no line.
 */
import { createTokenVerifier } from 'assay/client';
import { decodeJwt } from 'jose';
import { notYours, objectionOf } from './policy.mjs';
import { Refused } from './refused.mjs';
import { requireEncKey, wrapDataKey } from './wrapping.mjs';

/** Requests by one workload in a minute, all its instances together: as many lines does it write at most. */
const PER_MINUTE = 600;

/**
 * @param {object} options
 * @param {Map} options.keys name → policy and data key, from key-store.mjs
 * @param {object} options.audit from audit.mjs
 * @param {object} options.replayStore of `assay/client`: one for all issuers, and for every reload
 * @param {(note: object) => void} options.log
 * @param {() => Date} [options.now]
 */
export function createReleaser({ audit, replayStore, log, now = () => new Date(), ...options }) {
  let verifiers = new Map();
  let keys = new Map();
  let window = { minute: 0, requests: new Map() };

  /** Takes these keys from now on, all at once; those before stay when one of these cannot be served. */
  function use(given) {
    const opened = new Map();
    for (const [name, { policy }] of given) {
      const { issuer, audience } = policy;
      const door = doorOf(issuer, audience);
      if (opened.has(door)) continue;
      try {
        opened.set(door, verifiers.get(door) ?? openDoor({ issuer, audience, replayStore, now }));
      } catch (error) {
        throw new Error(`key ${name}: ${error.message}`, { cause: error });
      }
    }
    verifiers = opened;
    keys = given;
  }

  /** Throws TokenRefused; whoever gets past here is an attested workload that shows its key now. */
  function authenticate(request) {
    const [first] = verifiers.values();
    if (first === undefined) throw new Refused('too_busy', 'this broker has no keys yet');
    return (verifiers.get(claimedDoor(request.headers)) ?? first).verifyRequest(request);
  }

  function count({ issuer, subject }, at) {
    const who = JSON.stringify([issuer, subject]);
    const minute = Math.floor(at.getTime() / 60_000);
    if (window.minute !== minute) window = { minute, requests: new Map() };
    const requests = (window.requests.get(who) ?? 0) + 1;
    window.requests.set(who, requests);
    if (requests > PER_MINUTE) throw new Refused('too_many_requests', 'this workload asks too often');
  }

  use(options.keys);
  return {
    use,
    /** The JWE, once its line is on the disk. Throws TokenRefused, Refused, AuditUnavailable. */
    async release({ name, thumbprint, body, request }) {
      const token = await authenticate(request);
      const at = now();
      count(token, at);
      // Only now: while the issuer was asked, a reload may have brought another policy.
      const entry = keys.get(name);
      const facts = { key: name, enc: thumbprint, ...factsOf(token), policy: entry?.policy.digest ?? null };
      try {
        const enc = await requireEncKey(body, thumbprint);
        const objection = entry === undefined ? notYours(token.att) : objectionOf(entry.policy, token, at);
        if (objection !== null) throw new Refused(...objection);
        const jwe = await wrapDataKey(entry.jwk, { enc, tokenId: token.id, name });
        const head = await audit.append({ outcome: 'released', kid: entry.jwk.kid, ...facts });
        log({ event: 'released', key: name, workload: token.att.workload, head });
        return jwe;
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        const head = await audit.append({
          outcome: 'refused',
          code: error.code,
          detail: error.message,
          ...facts,
        });
        log({ event: 'refused', code: error.code, key: name, workload: token.att.workload, head });
        error.recorded = true;
        throw error;
      }
    },
  };
}

const doorOf = (issuer, audience) => JSON.stringify([issuer, audience]);

/** Genuine, for us, presented by its holder. What else is wanted, the policy of the key says, and the audit tells. */
function openDoor(options) {
  return createTokenVerifier({
    ...options,
    minimumStatus: 'warning',
    allowSimulated: true,
    allowDebug: true,
  });
}

/** Whose token it claims to be chooses who verifies it, and nothing else. */
function claimedDoor({ authorization: [credentials = ''] = [] }) {
  try {
    const { iss, aud } = decodeJwt(credentials.replace(/^\S+ +/u, ''));
    return doorOf(iss, aud);
  } catch {
    return null;
  }
}

/** Who asked, in words of the token that may stand in a file: none of them opens anything. */
function factsOf({ issuer, audience, subject, id, keyThumbprint, issuedAt, expiresAt, status, att }) {
  return {
    ...{ issuer, audience, subject, jti: id, jkt: keyThumbprint, status },
    ...{ iat: issuedAt.toISOString(), exp: expiresAt.toISOString() },
    ...{ tee: att.tee, tcb_status: att.tcb_status, reference_version: att.reference_version },
    ...{ debug: att.debug, simulated: att.simulated, decision: att.decision },
  };
}
