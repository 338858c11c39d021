/** Tokens with one thing wrong each, and those that are good after all, with the answer that every language gives. */
import { createHmac } from 'node:crypto';
import { type Changes, SAMPLE_ATT, SAMPLE_AUDIENCE } from '../client/sample-issuer.js';
import { type Mint, SECONDS } from './mint.js';
import type { JudgeOptions } from './question.js';

export interface TokenCase {
  readonly what: string;
  readonly code: string;
  readonly options?: Partial<JudgeOptions>;
  token(mint: Mint): Promise<string>;
}

type Row = readonly [what: string, code: string, token: TokenCase['token'], options?: Partial<JudgeOptions>];

const claims = (changes: Changes) => (mint: Mint) => mint.token(changes);
const facts = (changes: Changes) => (mint: Mint) => mint.facts(changes);
const header = (changes: Changes) => (mint: Mint) => mint.token({}, mint.es256, changes);
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const statuses = (ear_status: unknown, part: unknown): Changes => ({
  ear_status,
  submods: { cpu0: { ear_status: part } },
});
/** The claims' text with a piece put in front of its members. */
const text =
  (before: string, changes: Changes = {}) =>
  async (mint: Mint) => {
    const [, body = ''] = (await mint.token(changes)).split('.');
    return mint.signed(Buffer.from(body, 'base64url').toString().replace('{', `{${before}`));
  };
const spelt = (spell: (token: string) => string) => async (mint: Mint) => spell(await mint.token());

const GOOD: readonly Row[] = [
  ['as it is', 'accepted', claims({})],
  ['by RS256', 'accepted', (mint) => mint.token({}, mint.rs256)],
  ['of type at+jwt', 'accepted', header({ typ: 'at+jwt' })],
  ['of type EAT+JWT', 'accepted', header({ typ: 'EAT+JWT' })],
  ['with a nonce', 'accepted', claims({ eat_nonce: 'rp-nonce-1' })],
  ['with claims that nobody knows', 'accepted', claims({ more: { a: [1, null, 'é', '😀'] } })],
  ['with more facts', 'accepted', facts({ later: 'x' })],
  ['whose seconds have a needless fraction', 'accepted', text('"exp":1795176300.0,', { exp: undefined })],
  ['whose version is an exponent', 'accepted', text('"x":1e2,')],
  ['that ended four seconds ago', 'accepted', claims({ exp: SECONDS - 4 })],
  ['that begins in five seconds', 'accepted', claims({ iat: SECONDS + 5, nbf: SECONDS + 5 })],
  ['that lasts to the end of the calendar', 'accepted', claims({ exp: 253_402_300_799 })],
  ['with both dialects alike', 'accepted', claims({ 'ear.status': 'affirming' })],
  [
    'that is a warning, where one will do',
    'accepted',
    claims(statuses('warning', 'warning')),
    { minimumStatus: 'warning' },
  ],
  [
    'of a simulated vendor, where one will do',
    'accepted',
    facts({ simulated: true }),
    { allowSimulated: true },
  ],
  ['of a guest with debugging, where one will do', 'accepted', facts({ debug: true }), { allowDebug: true }],
  ['of one of the workloads', 'accepted', claims({}), { workload: ['a', 'llm-serving'] }],
  [
    'of everything that is asked',
    'accepted',
    claims({}),
    {
      workload: ['llm-serving'],
      minReferenceVersion: 42,
      tcbStatus: ['UpToDate'],
      tee: ['sev-snp'],
      algorithms: ['ES256'],
    },
  ],
  [
    'in the older dialect',
    'accepted',
    claims({
      eat_profile: 'tag:github.com,2023:veraison/ear',
      ear_status: undefined,
      submods: { cpu0: { 'ear.status': 'affirming' } },
    }),
  ],
];

const FORM: readonly Row[] = [
  ['that is nothing', 'token_malformed', async () => ''],
  ['that is three dots', 'token_malformed', async () => '...'],
  ['that is no base64url', 'token_malformed', async () => 'a.b.c'],
  ['in two parts', 'token_malformed', spelt((token) => token.slice(0, token.lastIndexOf('.')))],
  ['with a blank before it', 'token_malformed', spelt((token) => ` ${token}`)],
  ['with a line end after it', 'token_malformed', spelt((token) => `${token}\n`)],
  ['with a line end inside', 'token_malformed', spelt((token) => token.replace('.', '\n.'))],
  ['with padding', 'token_malformed', spelt((token) => `${token}=`)],
  [
    'with unused bits',
    'token_malformed',
    spelt((token) => token.replace(/.$/u, (last) => ({ A: 'B', Q: 'R', g: 'h', w: 'x' })[last] ?? last)),
  ],
  ['in the other alphabet', 'token_malformed', spelt((token) => `${token.slice(0, -4)}++//`)],
  ['without a signature', 'token_malformed', spelt((token) => token.slice(0, token.lastIndexOf('.') + 1))],
  ['that is encrypted', 'token_malformed', spelt((token) => `${token}.AAAA.AAAA`)],
  ['that is too long', 'token_malformed', claims({ more: 'x'.repeat(7000) })],
  [
    'whose header is a list',
    'token_malformed',
    spelt((token) => `${encode([])}${token.slice(token.indexOf('.'))}`),
  ],
  ['without a type', 'token_malformed', header({ typ: undefined })],
  ['of the type of a proof', 'token_malformed', header({ typ: 'dpop+jwt' })],
  ['of a type that is a number', 'token_malformed', header({ typ: 1 })],
  ['without a key id', 'token_malformed', header({ kid: undefined })],
  ['with a key id that is a number', 'token_malformed', header({ kid: 1 })],
  [
    'with a critical header',
    'token_malformed',
    header({ crit: ['https://example/exp'], 'https://example/exp': true }),
  ],
  ['with a critical header that libraries know', 'token_malformed', header({ crit: ['b64'], b64: true })],
  ['whose claims say a thing twice', 'token_malformed', text('"aud":"other",')],
  ['whose claims say a thing twice, deep down', 'token_malformed', text('"more":{"a":1,"\\u0061":2},')],
  ['whose claims are a list', 'token_malformed', (mint) => mint.signed('[]')],
  ['whose claims are no JSON', 'token_malformed', (mint) => mint.signed('{"iss":}')],
  ['whose claims have half a surrogate pair', 'token_malformed', text('"more":"\\ud83d",')],
  ['whose claims have the other half', 'token_malformed', text('"more":"\\ude00",')],
  ['whose claims have a number out of range', 'token_malformed', text('"more":1e999,')],
  ['whose claims have an endless number', 'token_malformed', text(`"more":${'9'.repeat(400)},`)],
  ['whose claims have NaN', 'token_malformed', text('"more":NaN,')],
  ['whose claims have a comma too many', 'token_malformed', text('"more":[1,],')],
  ['whose claims are deep', 'token_malformed', text(`"more":${'['.repeat(32)}${']'.repeat(32)},`)],
  ['whose claims are not quite so deep', 'accepted', text(`"more":${'['.repeat(31)}${']'.repeat(31)},`)],
  ['whose claims are very deep', 'token_malformed', text(`"more":${'['.repeat(2500)}${']'.repeat(2500)},`)],
  ['whose claims have a mark of byte order', 'token_malformed', (mint) => mint.signed('\ufeff{}')],
];

const SIGNATURE: readonly Row[] = [
  ['by a key that nobody publishes', 'token_key_unknown', (mint) => mint.token({}, mint.stranger)],
  [
    'by that key, under the id of one that is published',
    'token_signature',
    (mint) => mint.token({}, mint.stranger, { kid: mint.es256.kid, jwk: mint.stranger.jwk }),
  ],
  [
    'with a signature of zeros',
    'token_signature',
    spelt((token) => `${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(86)}`),
  ],
  [
    'with a short signature',
    'token_signature',
    spelt((token) => `${token.slice(0, token.lastIndexOf('.'))}.AAAA`),
  ],
  [
    'with other claims under its signature',
    'token_signature',
    spelt((token) => {
      const [head, , signature] = token.split('.');
      return `${head}.${encode({ iss: 'x' })}.${signature}`;
    }),
  ],
  [
    'by ES256 with the id of the RSA key',
    'token_algorithm',
    (mint) => mint.token({}, mint.es256, { kid: mint.rs256.kid }),
  ],
  [
    'by RS256 where only ES256 is taken',
    'token_algorithm',
    (mint) => mint.token({}, mint.rs256),
    { algorithms: ['ES256'] },
  ],
  [
    'of algorithm none',
    'token_algorithm',
    spelt((token) => `${encode({ alg: 'none', typ: 'JWT' })}.${token.split('.')[1]}.AAAA`),
  ],
  [
    'of algorithm PS256',
    'token_algorithm',
    spelt((token) => `${encode({ alg: 'PS256', typ: 'JWT' })}.${token.split('.')[1]}.AAAA`),
  ],
  [
    'by HS256 with the public key for a secret',
    'token_algorithm',
    async (mint) => {
      const [, body] = (await mint.token()).split('.');
      const input = `${encode({ alg: 'HS256', kid: mint.es256.kid, typ: 'JWT' })}.${body}`;
      const mac = createHmac('sha256', JSON.stringify(mint.es256.jwk)).update(input).digest('base64url');
      return `${input}.${mac}`;
    },
  ],
];

const CLAIMS: readonly Row[] = [
  ['of another issuer', 'token_issuer', claims({ iss: 'https://attest.example' })],
  ['of a sibling tenant', 'token_issuer', (mint) => mint.token({ iss: `${mint.issuer}x` })],
  ['of no issuer', 'token_issuer', claims({ iss: undefined })],
  ['for another audience', 'token_audience', claims({ aud: 'other' })],
  ['for several audiences', 'token_audience', claims({ aud: [SAMPLE_AUDIENCE] })],
  ['for no audience', 'token_audience', claims({ aud: undefined })],
  ['that ended five seconds ago', 'token_expired', claims({ exp: SECONDS - 5 })],
  ['without an end', 'token_claims', claims({ exp: undefined })],
  ['whose end is a text', 'token_claims', claims({ exp: String(SECONDS + 300) })],
  ['whose end has a fraction', 'token_claims', claims({ exp: SECONDS + 0.5 })],
  ['whose end is past all numbers', 'token_claims', claims({ exp: 1e300 })],
  ['whose end is behind the calendar', 'token_claims', claims({ exp: 253_402_300_800 })],
  ['whose end is true', 'token_claims', claims({ exp: true })],
  ['whose beginning is below zero', 'token_claims', claims({ nbf: -1 })],
  ['that begins in six seconds', 'token_not_yet_valid', claims({ nbf: SECONDS + 6 })],
  ['that was made in six seconds', 'token_not_yet_valid', claims({ iat: SECONDS + 6 })],
  ['without an instant of issue', 'token_claims', claims({ iat: undefined })],
  ['of another profile', 'token_profile', claims({ eat_profile: 'tag:ietf.org,2026:rats/ear#05' })],
  ['without a profile', 'token_claims', claims({ eat_profile: undefined })],
  ['without an id', 'token_claims', claims({ jti: undefined })],
  ['with an empty id', 'token_claims', claims({ jti: '' })],
  ['whose subject is another workload', 'token_claims', claims({ sub: 'tenant:acme:workload:other' })],
  ['whose subject is another tenant', 'token_claims', claims({ sub: 'tenant:globex:workload:llm-serving' })],
  ['with a key of another kind in cnf', 'token_claims', claims({ cnf: { jwk: {} } })],
  ['with null in cnf', 'token_claims', claims({ cnf: null })],
  ['with a thumbprint of another length', 'token_claims', claims({ cnf: { jkt: 'a' } })],
  ['with a line end after its thumbprint', 'token_claims', claims({ cnf: { jkt: `${'a'.repeat(43)}\n` } })],
  ['with a nonce that is a list', 'token_claims', claims({ eat_nonce: ['a'] })],
  ['that is contraindicated', 'status_insufficient', claims(statuses('contraindicated', 'contraindicated'))],
  ['that makes no statement', 'status_insufficient', claims(statuses('none', 'none'))],
  ['that is a warning', 'status_insufficient', claims(statuses('warning', 'warning'))],
  ['whose part is worse than the whole', 'token_claims', claims(statuses('affirming', 'warning'))],
  ['with an unknown status', 'token_claims', claims(statuses('splendid', 'affirming'))],
  ['with a status that is a list', 'token_claims', claims(statuses(['affirming'], 'affirming'))],
  ['without parts', 'token_claims', claims({ submods: {} })],
  ['with a part that is no object', 'token_claims', claims({ submods: { cpu0: 'affirming' } })],
  ['whose dialects disagree', 'token_claims', claims({ 'ear.status': 'warning' })],
  ['whose other dialect is null', 'token_claims', claims({ 'ear.status': null })],
  ['without facts', 'token_claims', claims({ att: undefined })],
  ['with facts of another version', 'token_claims', facts({ v: 2 })],
  ['with facts of the version true', 'token_claims', facts({ v: true })],
  ...Object.keys(SAMPLE_ATT).map(
    (name): Row => [`without ${name}`, 'token_claims', facts({ [name]: undefined })],
  ),
  ...Object.keys(SAMPLE_ATT).map(
    (name): Row => [`with a list in ${name}`, 'token_claims', facts({ [name]: [] })],
  ),
  ['with reference version 0', 'token_claims', facts({ reference_version: 0 })],
  ['with a fraction of a reference version', 'token_claims', facts({ reference_version: 1.5 })],
  ['with `simulated` as a text', 'token_claims', facts({ simulated: 'false' })],
  ['with `debug` as a number', 'token_claims', facts({ debug: 0 })],
];

const other = claims({ sub: 'tenant:acme:workload:other', att: { ...SAMPLE_ATT, workload: 'other' } });

const WANTED: readonly Row[] = [
  ['of a simulated vendor', 'simulated_unwanted', facts({ simulated: true })],
  ['of a guest with debugging', 'debug_unwanted', facts({ debug: true })],
  ['of another workload', 'workload_unwanted', other, { workload: ['llm-serving'] }],
  ['of an older version', 'version_unwanted', facts({ reference_version: 41 }), { minReferenceVersion: 42 }],
  ['of another TEE', 'tee_unwanted', facts({ tee: 'tdx' }), { tee: ['sev-snp'] }],
  ['of an older TCB', 'tcb_status_unwanted', facts({ tcb_status: 'OutOfDate' }), { tcbStatus: ['UpToDate'] }],
];

export const TOKEN_CASES: readonly TokenCase[] = [GOOD, FORM, SIGNATURE, CLAIMS, WANTED]
  .flat()
  .map(([what, code, token, options = {}]) => ({ what, code, token, options }));
