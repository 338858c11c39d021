// A guest's way to a token, each step noted: a challenge, evidence bound to it, submissions of the same request.
import { createHash } from 'node:crypto';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { createGuest, makeKey } from '../demo/parties.mjs';
import { ask } from './client.mjs';

/**
 * `mint`: evidence of one TEE from options with REPORT_DATA among them. `version`: the reference values that its
 * measurement is of, where they change during the run.
 */
export async function createAttester(world, { audience, tee, mint, version = null }) {
  const { history } = world;
  const key = await makeKey();
  const guest = createGuest({ issuer: world.issuer, mint });
  return {
    /** A challenge with its request, not yet sent; null when the service does not answer. */
    async prepare() {
      const json = { audience };
      const answer = await ask(`${world.issuer}/v1/challenges`, { method: 'POST', json });
      if (answer.status !== 201) {
        world.expectNothingElse('a challenge', answer);
        return null;
      }
      const { nonce, expires_at: expiresAt } = answer.body;
      const challenge = {
        number: history.challenges.length + 1,
        nonceDigest: createHash('sha256').update(Buffer.from(nonce, 'base64url')).digest('hex'),
        audience,
        tee,
        version: version?.label ?? null,
        expiresAt: Date.parse(expiresAt),
        sends: [],
      };
      history.challenges.push(challenge);
      return { challenge, request: await guest.evidence(answer.body, key), thumbprint: key.thumbprint };
    },
  };
}

/** Sends what `prepare` made, the first time or again. Resolves when it is answered, cut off or refused a connection. */
export async function submit(world, { challenge, request, thumbprint }) {
  const entry = { kind: 'attest', token: null, decided: undefined, excused: false };
  await world.history.record(
    challenge.sends,
    entry,
    () => ask(`${world.issuer}/v1/attest`, { method: 'POST', json: request }),
    async (answer) => {
      entry.excused = world.excuses(answer);
      if (answer.status === 200) entry.token = await readToken(world, answer.body, thumbprint);
    },
  );
}

/** True once the service has decided on the challenge, whichever way. */
export function isSettled({ sends }) {
  return sends.some(({ status }) => [200, 403, 409].includes(status));
}

/** What a relying party reads, after it has verified the signature; `fault` says why it would not. */
async function readToken(world, { token, decision }, thumbprint) {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(world.jwks), {
      issuer: world.issuer,
    });
    const { att } = payload;
    const agrees = att.decision === decision && payload.cnf.jkt === thumbprint;
    return {
      fault: agrees ? null : 'names another decision or another key than its reply',
      jti: payload.jti,
      kid: protectedHeader.kid,
      audience: payload.aud,
      decision,
      workload: att.workload,
      version: att.reference_version,
      evidenceDigest: att.evidence_digest,
    };
  } catch (error) {
    return { fault: error.message, jti: null, kid: null, decision };
  }
}
