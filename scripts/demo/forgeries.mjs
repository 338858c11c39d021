// Tokens that say the same as a genuine one and were not signed by the issuer.
import { createHmac, createPublicKey } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, generateKeyPair, SignJWT } from 'jose';

/** What an attacker can make of a token that was seen once and of the issuer's public keys. */
export async function forgeries(token, issuer) {
  const claims = decodeJwt(token);
  const { kid } = decodeProtectedHeader(token);
  const jwks = await (await fetch(`${issuer}/.well-known/jwks.json`)).json();
  const publicJwk = jwks.keys.find((jwk) => jwk.kid === kid);
  return [
    { what: 'alg: none', forged: unsigned(claims, kid), wanted: '401 token_malformed' },
    {
      what: "HS256 with the issuer's public key as the secret",
      forged: hmacSigned(claims, kid, publicJwk),
      wanted: '401 token_algorithm',
    },
    {
      what: "another key under the issuer's key id",
      forged: await signedByAnother(claims, kid),
      wanted: '401 token_signature',
    },
  ];
}

function encode(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function unsigned(claims, kid) {
  return `${encode({ alg: 'none', kid, typ: 'JWT' })}.${encode(claims)}.`;
}

/** Works on verifiers that let the token choose its algorithm and use one key for all of them. */
function hmacSigned(claims, kid, publicJwk) {
  const pem = createPublicKey({ key: publicJwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  const body = `${encode({ alg: 'HS256', kid, typ: 'JWT' })}.${encode(claims)}`;
  return `${body}.${createHmac('sha256', pem).update(body).digest('base64url')}`;
}

async function signedByAnother(claims, kid) {
  const { privateKey } = await generateKeyPair('ES256');
  return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid, typ: 'JWT' }).sign(privateKey);
}
