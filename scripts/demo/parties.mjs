// The people of the story: an operator, a guest in a confidential VM, a workload before the broker's door.
import { createHash, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, compactDecrypt, exportJWK, generateKeyPair, SignJWT } from 'jose';

async function post(url, { headers = {}, ...init }) {
  const response = await fetch(url, { method: 'POST', headers, ...init });
  return { status: response.status, body: await response.json() };
}

/** Acts over the API with the admin key. */
export function createOperator(issuer, adminKey) {
  const authorization = `Bearer ${adminKey}`;
  const send = (path, type, body) =>
    post(`${issuer}${path}`, { headers: { authorization, 'content-type': type }, body });
  return {
    register: (path, json) => send(path, 'application/json', JSON.stringify(json)),
    read: async (url) => (await fetch(url, { headers: { authorization } })).json(),
    importArchive: (tar) => send('/v1/endorsements/import', 'application/x-tar', tar),
  };
}

/** A key pair that never leaves its guest. */
export async function makeKey() {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk = await exportJWK(publicKey);
  return { privateKey, jwk, thumbprint: await calculateJwkThumbprint(jwk) };
}

/**
 * The v1 binding, computed by the guest itself. Plain ASCII members in alphabetical order: what JSON.stringify
 * writes is the canonical form (RFC 8785).
 */
function bindingOf({ issuer, audience, nonce }, thumbprint) {
  const text = JSON.stringify({
    aud: audience,
    iss: issuer,
    nonce,
    sig: thumbprint,
    typ: 'assay-binding-v1',
  });
  return Buffer.concat([createHash('sha384').update(text).digest(), Buffer.alloc(16)]);
}

/**
 * A guest that asks for challenges and answers them with evidence of the simulated hardware. `mint` makes that
 * evidence: `{ evidence, certificates }` from options with REPORT_DATA among them.
 */
export function createGuest({ issuer, mint }) {
  const guest = {
    async challenge(audience) {
      const { status, body } = await post(`${issuer}/v1/challenges`, {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ audience }),
      });
      if (status !== 201) throw new Error(`no challenge: ${status} ${JSON.stringify(body)}`);
      return body;
    },
    /** Everything of an attest request. `boundTo`: whose thumbprint goes into REPORT_DATA. */
    async evidence(challenge, key, { boundTo = key, ...options } = {}) {
      const reportData = new Uint8Array(bindingOf(challenge, boundTo.thumbprint));
      const { evidence, certificates } = await mint({ at: new Date(), ...options, reportData });
      const encoded = (bytes) => Buffer.from(bytes).toString('base64url');
      return {
        challenge: challenge.challenge,
        audience: challenge.audience,
        evidence: {
          cpu: {
            type: 'auto',
            bytes: encoded(evidence),
            ...(certificates.length === 0 ? {} : { certificates: certificates.map(encoded) }),
          },
        },
        keys: { sig: key.jwk },
      };
    },
    attest: (request) =>
      post(`${issuer}/v1/attest`, {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(request),
      }),
    /** Challenge, evidence, reply. */
    async attestFor(audience, key, options) {
      return guest.attest(await guest.evidence(await guest.challenge(audience), key, options));
    },
  };
  return guest;
}

/** A DPoP proof (RFC 9449) that the caller holds `key`. */
export function proofOf({ method, url, token, key }) {
  const ath = createHash('sha256').update(token, 'ascii').digest('base64url');
  return new SignJWT({ htm: method, htu: url, ath })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.jwk })
    .setIssuedAt()
    .setJti(randomUUID())
    .sign(key.privateKey);
}

/**
 * Asks a broker for a data key. `swapEnc`: a relay puts a key of its own into the body on the way. `kid` of the reply: thumbprint of
 * the data key, where one was released.
 */
export async function requestKey(broker, name, token, key, { swapEnc = false } = {}) {
  const [own, relay] = await Promise.all([makeEncKey(), makeEncKey()]);
  const url = `${broker}/keys/${name}/to/${own.thumbprint}`;
  const reply = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: `DPoP ${token}`,
      dpop: await proofOf({ method: 'POST', url, token, key }),
    },
    body: JSON.stringify({ enc: (swapEnc ? relay : own).jwk }),
  });
  const body = await reply.text();
  if (reply.status !== 200) return { status: reply.status, code: JSON.parse(body).code, kid: null };
  const { plaintext } = await compactDecrypt(body, (swapEnc ? relay : own).privateKey);
  return { status: 200, code: 'key released', kid: JSON.parse(Buffer.from(plaintext)).kid };
}

async function makeEncKey() {
  const { privateKey, publicKey } = await generateKeyPair('ECDH-ES+A256KW', { crv: 'P-256' });
  const jwk = await exportJWK(publicKey);
  return { privateKey, jwk, thumbprint: await calculateJwkThumbprint(jwk) };
}
