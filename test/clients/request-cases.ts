/** Requests with one thing wrong in their headers or their proof, with the answer that every language gives. */
import { makeHolder, type SampleHolder } from '../client/sample-holder.js';
import { type Changes, SAMPLE_AT, sampleClaims } from '../client/sample-issuer.js';
import { type Holder, mintHolder, signText, proofBy as spoiltBy, tokenHash } from '../token/possession.js';
import { ADDRESS, METHOD, type Mint, SECONDS } from './mint.js';
import type { JudgeOptions, RequestQuestion } from './question.js';

type Sent = Pick<RequestQuestion, 'headers'> & Partial<Pick<RequestQuestion, 'method' | 'url'>>;

export interface RequestCase {
  readonly what: string;
  readonly code: string;
  /** What a proof fails by; else empty. */
  readonly reason: string;
  readonly options?: Partial<JudgeOptions>;
  send(mint: Mint): Promise<Sent>;
}

/** A good token with a proof that the holder made, some of it changed. */
function shown(changes: Changes = {}, by?: (mint: Mint) => SampleHolder, sent: Partial<Sent> = {}) {
  return async (mint: Mint): Promise<Sent> => {
    const token = await mint.token();
    const proof = await mint.proof(token, changes, by?.(mint));
    return { headers: headersOf(token, proof), ...sent };
  };
}

/** The same by a holder of a kind, whose key the token is bound to; header and claims of the proof as said. */
function minted(alg: Parameters<typeof mintHolder>[0], input: object = {}, sent: Partial<Sent> = {}) {
  return withOwn(
    alg,
    (own, token) => spoiltBy(own, { method: METHOD, url: ADDRESS, at: SAMPLE_AT, token, ...input }),
    sent,
  );
}

function withOwn(
  alg: Parameters<typeof mintHolder>[0],
  prove: (own: Holder, token: string) => Promise<string>,
  sent: Partial<Sent> = {},
) {
  return async (mint: Mint): Promise<Sent> => {
    const own = await mintHolder(alg);
    const token = await mint.token({ cnf: { jkt: own.thumbprint } });
    return { headers: headersOf(token, await prove(own, token)), ...sent };
  };
}

/** Headers in place of the good ones; `token` and `proof` stand for what they are. */
function headers(make: (token: string, proof: string) => Sent['headers']) {
  return async (mint: Mint): Promise<Sent> => {
    const token = await mint.token();
    return { headers: make(token, await mint.proof(token)) };
  };
}

function headersOf(token: string, proof: string): Sent['headers'] {
  return [
    ['Authorization', `DPoP ${token}`],
    ['DPoP', proof],
  ];
}

type Row = readonly [
  what: string,
  code: string,
  reason: string,
  send: RequestCase['send'],
  options?: Partial<JudgeOptions>,
];

const GOOD: readonly Row[] = [
  ['with a proof', 'accepted', '', shown()],
  ['by a key on P-384', 'accepted', '', minted('ES384')],
  ['by a key on Ed25519', 'accepted', '', minted('EdDSA')],
  ['by that key under its newer name', 'accepted', '', minted('Ed25519')],
  [
    'with another spelling of the address',
    'accepted',
    '',
    shown({ htu: 'HTTPS://BROKER.example:443/./keys/%6dodel?x#y' }),
  ],
  [
    'at another spelling of the address',
    'accepted',
    '',
    shown({}, undefined, { url: 'https://broker.example/x/../keys/model?y' }),
  ],
  ['with bounds that hold', 'accepted', '', shown({ nbf: SECONDS + 0.5, exp: SECONDS + 0.5 })],
  ['with the longest id', 'accepted', '', shown({ jti: '😀'.repeat(128) })],
  [
    'that is a minute old',
    'accepted',
    '',
    shown({ iat: SECONDS - 60 }),
    { since: SAMPLE_AT.getTime() - 100_000 },
  ],
  ['that is five seconds ahead', 'accepted', '', shown({ iat: SECONDS + 5 })],
  [
    'with names and scheme in any case',
    'accepted',
    '',
    headers((token, proof) => [
      ['AUTHORIZATION', `dPoP  ${token}`],
      ['dpop', proof],
    ]),
  ],
];

const HEADER: readonly Row[] = [
  ['without a token', 'token_missing', '', headers((_token, proof) => [['DPoP', proof]])],
  ['of another scheme', 'token_missing', '', headers((token) => [['Authorization', `Basic ${token}`]])],
  ['of a scheme alone', 'token_missing', '', headers(() => [['Authorization', 'DPoP']])],
  [
    'of a scheme that Unicode folds alike',
    'token_missing',
    '',
    headers((token) => [['Authorization', `DＰoP ${token}`]]),
  ],
  ['with a line end', 'token_missing', '', headers((token, proof) => headersOf(`${token}\n`, proof))],
  [
    'with two tokens',
    'request_unclear',
    '',
    headers((token, proof) => [...headersOf(token, proof), ['authorization', `DPoP ${token}`]]),
  ],
  [
    'with two tokens in one line',
    'request_unclear',
    '',
    headers((token, proof) => headersOf(`${token}, DPoP ${token}`, proof)),
  ],
  [
    'with two proofs',
    'request_unclear',
    '',
    headers((token, proof) => [...headersOf(token, proof), ['DPoP', proof]]),
  ],
  ['without a proof', 'proof_missing', '', headers((token) => [['Authorization', `DPoP ${token}`]])],
  [
    'as bearer, though bound',
    'proof_missing',
    '',
    headers((token) => [['Authorization', `Bearer ${token}`]]),
    { allowBearer: true },
  ],
  [
    'as bearer beside a proof',
    'proof_missing',
    '',
    headers((token, proof) => [
      ['Authorization', `Bearer ${token}`],
      ['DPoP', proof],
    ]),
  ],
  ['with an empty proof', 'proof_invalid', 'malformed', headers((token) => headersOf(token, ''))],
  ['at no address', 'request_unclear', '', shown({}, undefined, { url: 'broker.example/keys' })],
  [
    'at an address with a user',
    'request_unclear',
    '',
    shown({}, undefined, { url: 'https://a@broker.example/keys' }),
  ],
  [
    'as bearer, where those are taken',
    'accepted',
    '',
    async (mint) => ({ headers: [['Authorization', `Bearer ${await mint.token({ cnf: undefined })}`]] }),
    { allowBearer: true },
  ],
  [
    'as bearer, where not',
    'token_unbound',
    '',
    async (mint) => ({
      headers: [['Authorization', `Bearer ${await mint.token({ cnf: undefined })}`]],
    }),
  ],
  [
    'bound to nothing, with a proof',
    'token_unbound',
    '',
    async (mint) => {
      const token = await mint.token({ cnf: undefined });
      return { headers: headersOf(token, await mint.proof(token)) };
    },
    { allowBearer: true },
  ],
];

const PROOF: readonly Row[] = [
  ['by a thief', 'key_mismatch', 'thumbprint', shown({}, ({ thief }) => thief)],
  ['for another address', 'proof_invalid', 'url', shown({ htu: `${ADDRESS}/other` })],
  ['for another host', 'proof_invalid', 'url', shown({ htu: ADDRESS.replace('broker', 'elsewhere') })],
  ['for plain http', 'proof_invalid', 'url', shown({ htu: ADDRESS.replace('https', 'http') })],
  ['for an address that only begins alike', 'proof_invalid', 'url', shown({ htu: `${ADDRESS}%2F..` })],
  ['for no address', 'proof_invalid', 'url', shown({ htu: undefined })],
  [
    'relayed to another address',
    'proof_invalid',
    'url',
    shown({}, undefined, { url: 'https://elsewhere.example/keys/model' }),
  ],
  ['relayed as another method', 'proof_invalid', 'method', shown({}, undefined, { method: 'DELETE' })],
  ['for the method in another case', 'proof_invalid', 'method', shown({ htm: 'post' })],
  ['for another token', 'proof_invalid', 'token', shown({ ath: tokenHash('other') })],
  ['for no token', 'proof_invalid', 'token', shown({ ath: undefined })],
  ['that is too old', 'proof_invalid', 'time', shown({ iat: SECONDS - 61 })],
  ['that is older than the memory', 'proof_invalid', 'time', shown({ iat: SECONDS - 2 })],
  ['from the future', 'proof_invalid', 'time', shown({ iat: SECONDS + 6 })],
  ['with an instant as text', 'proof_invalid', 'time', shown({ iat: String(SECONDS) })],
  ['with a fraction of a second', 'proof_invalid', 'time', shown({ iat: SECONDS + 0.5 })],
  ['that has ended', 'proof_invalid', 'time', shown({ exp: SECONDS })],
  ['that has not begun', 'proof_invalid', 'time', shown({ nbf: SECONDS + 61 })],
  ['with an end as text', 'proof_invalid', 'time', shown({ exp: '2030-01-01' })],
  ['with the end true', 'proof_invalid', 'time', shown({ exp: true })],
  ['without an id', 'proof_invalid', 'jti', shown({ jti: undefined })],
  ['with an empty id', 'proof_invalid', 'jti', shown({ jti: '' })],
  ['with an endless id', 'proof_invalid', 'jti', shown({ jti: `${'😀'.repeat(128)}x` })],
  ['of another type', 'proof_invalid', 'type', minted('ES256', { header: { typ: 'JWT' } })],
  ['of the type in another case', 'proof_invalid', 'type', minted('ES256', { header: { typ: 'DPOP+JWT' } })],
  [
    'with a critical header',
    'proof_invalid',
    'malformed',
    minted('ES256', { header: { crit: ['b64'], b64: true } }),
  ],
  ['without a key', 'proof_invalid', 'key', minted('ES256', { header: { jwk: undefined } })],
  ['with a list as key', 'proof_invalid', 'key', minted('ES256', { header: { jwk: [] } })],
  ['with a key of another use', 'proof_invalid', 'key', spoiltKey((jwk) => ({ ...jwk, use: 'enc' }))],
  ['with half a key', 'proof_invalid', 'key', spoiltKey((jwk) => ({ ...jwk, y: undefined }))],
  ['with a padded coordinate', 'proof_invalid', 'key', spoiltKey((jwk) => ({ ...jwk, x: `${jwk.x}=` }))],
  ['with a point off the curve', 'proof_invalid', 'key', spoiltKey((jwk) => ({ ...jwk, y: jwk.x }))],
  ...['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].map(
    (name): Row => [
      `with the private member ${name}`,
      'proof_invalid',
      'key',
      spoiltKey((jwk) => ({ ...jwk, [name]: 'AQ' })),
    ],
  ),
  [
    'with another key in its header',
    'proof_invalid',
    'signature',
    async (mint) => {
      const other = await makeHolder();
      const token = await mint.token();
      return { headers: headersOf(token, await mint.proof(token, {}, { ...mint.holder, jwk: other.jwk })) };
    },
  ],
  ...['none', 'HS256', 'RS256', 'ES512', 'es256', 'toString'].map(
    (alg): Row => [
      `of algorithm ${alg}`,
      'proof_invalid',
      'algorithm',
      withOwn('ES256', async (own, token) => {
        const [, body, signature] = (
          await spoiltBy(own, { method: METHOD, url: ADDRESS, at: SAMPLE_AT, token })
        ).split('.');
        const header = Buffer.from(JSON.stringify({ typ: 'dpop+jwt', alg, jwk: own.publicJwk }));
        return `${header.toString('base64url')}.${body}.${signature}`;
      }),
    ],
  ),
  [
    'that says a thing twice',
    'proof_invalid',
    'malformed',
    withOwn('ES256', (own, token) =>
      signText(
        own,
        `{"jti":"a","jti":"b","htm":"POST","htu":"${ADDRESS}","iat":${SECONDS},"ath":"${tokenHash(token)}"}`,
      ),
    ),
  ],
  ['that is no JSON', 'proof_invalid', 'malformed', withOwn('ES256', (own) => signText(own, 'null'))],
  [
    'for a token of somebody else',
    'key_mismatch',
    'thumbprint',
    async (mint) => {
      const token = await mint.token({ cnf: { jkt: mint.thief.jkt } });
      return { headers: headersOf(token, await mint.proof(token)) };
    },
  ],
  [
    'good, for an unwanted token',
    'simulated_unwanted',
    '',
    async (mint) => {
      const token = await mint.token({ att: { ...(sampleClaims(null).att as object), simulated: true } });
      return { headers: headersOf(token, await mint.proof(token)) };
    },
  ],
];

function spoiltKey(spoil: (jwk: Holder['publicJwk']) => object) {
  return withOwn('ES256', (own, token) =>
    spoiltBy(own, {
      ...{ method: METHOD, url: ADDRESS, at: SAMPLE_AT, token },
      header: { jwk: spoil(own.publicJwk) },
    }),
  );
}

export const REQUEST_CASES: readonly RequestCase[] = [GOOD, HEADER, PROOF]
  .flat()
  .map(([what, code, reason, send, options = {}]) => ({ what, code, reason, send, options }));
