/** Issuers that answer with one thing wrong: nothing of them is believed, in any language. */
import { generateKeyPairSync } from 'node:crypto';
import type { JWK } from 'jose';
import type { Changes } from '../client/sample-issuer.js';
import { type Documents, json } from './issuers.js';
import type { Mint } from './mint.js';
import type { JudgeOptions } from './question.js';

export interface IssuerCase {
  readonly what: string;
  /** Of a good token of the mint. */
  readonly code: string;
  documents(mint: Mint): Documents;
}

type Spoil = Pick<Documents, 'discovery' | 'jwks'>;
const spoilt = (what: string, spoil: Spoil): IssuerCase => ({
  ...{ what, code: 'issuer_unreachable' },
  documents: ({ es256 }) => ({ keys: [es256.jwk], ...spoil }),
});
const set = (what: string, code: string, keys: (mint: Mint) => readonly unknown[]): IssuerCase => ({
  ...{ what, code },
  documents: (mint) => ({ keys: [], jwks: () => json({ keys: keys(mint) }) }),
});
const changed = ({ es256 }: Mint, changes: Changes): JWK => ({ ...es256.jwk, ...changes }) as JWK;

function shortKey(): JWK {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  return { ...(publicKey.export({ format: 'jwk' }) as JWK), alg: 'RS256', use: 'sig', kid: 'short' };
}

export const ISSUER_CASES: readonly IssuerCase[] = [
  spoilt('whose discovery document is missing', { discovery: () => ({ status: 404, body: '' }) }),
  spoilt('whose discovery document is no JSON', { discovery: () => ({ body: '<html>' }) }),
  spoilt('whose discovery document is a list', { discovery: () => ({ body: '[]' }) }),
  spoilt('whose discovery document says a thing twice', {
    discovery: (url) => ({
      body: `{"issuer":"x","issuer":"${url}","jwks_uri":"${url}/.well-known/jwks.json"}`,
    }),
  }),
  spoilt('that speaks for another', {
    discovery: (url) => json({ issuer: `${url}/`, jwks_uri: `${url}/.well-known/jwks.json` }),
  }),
  spoilt('that names no keys', { discovery: (url) => json({ issuer: url }) }),
  spoilt('that names keys elsewhere', {
    discovery: (url) =>
      json({ issuer: url, jwks_uri: `${url.replace('127.0.0.1', 'localhost')}/.well-known/jwks.json` }),
  }),
  spoilt('that names keys of a user', {
    discovery: (url) =>
      json({ issuer: url, jwks_uri: `${url.replace('//', '//a:b@')}/.well-known/jwks.json` }),
  }),
  spoilt('that sends to another address', {
    discovery: (url) => ({ status: 302, headers: { location: `${url}/.well-known/jwks.json` }, body: '' }),
  }),
  spoilt('whose keys are at another address', {
    jwks: (url) => ({
      status: 307,
      headers: { location: `${url}/.well-known/openid-configuration` },
      body: '',
    }),
  }),
  spoilt('whose document is huge', { discovery: () => ({ body: `{"x":"${'a'.repeat(300_000)}"}` }) }),
  spoilt('whose document is cut off', {
    discovery: () => ({ headers: { 'content-length': '300', connection: 'close' }, body: '{' }),
  }),
  spoilt('that hangs up', { discovery: () => 'cut off' }),
  spoilt('that says nothing', { jwks: () => 'silent' }),
  spoilt('that says something for ever', { jwks: () => 'drips' }),
  spoilt('that begins for ever', { discovery: () => 'drips header' }),
  spoilt('whose keys are no list', { jwks: () => json({ keys: {} }) }),
  set('with a private key', 'issuer_unreachable', (mint) => [changed(mint, { d: 'AAAA' })]),
  set('with two keys of one id', 'issuer_unreachable', ({ es256 }) => [es256.jwk, es256.jwk]),
  set('with an RSA key for ES256', 'issuer_unreachable', ({ rs256 }) => [{ ...rs256.jwk, alg: 'ES256' }]),
  set('with a key off its curve', 'issuer_unreachable', (mint) => [changed(mint, { x: 'A'.repeat(43) })]),
  set('with a key without a coordinate', 'issuer_unreachable', (mint) => [changed(mint, { y: undefined })]),
  set('with a text for a key', 'issuer_unreachable', () => ['key']),
  set('with hundreds of keys', 'issuer_unreachable', () => Array.from({ length: 65 }, () => ({}))),
  set('with a short RSA key', 'issuer_unreachable', () => [shortKey()]),
  set('with the key for another use', 'token_key_unknown', (mint) => [changed(mint, { use: 'enc' })]),
  set('with the key for no use', 'token_key_unknown', (mint) => [changed(mint, { use: undefined })]),
  set('with the key for another algorithm', 'token_key_unknown', (mint) => [changed(mint, { alg: 'ES512' })]),
  set('with keys of kinds to come', 'accepted', ({ es256 }) => [
    { kty: 'AKP', alg: 'ML-DSA-44', kid: 'later', use: 'sig' },
    es256.jwk,
  ]),
];

/** Options that cannot be meant, in every language. */
export const MISTAKES: readonly (readonly [string, Partial<JudgeOptions>])[] = [
  ['an issuer without TLS', { issuer: 'http://attest.example' }],
  ['an issuer with a slash at its end', { issuer: 'https://attest.example/' }],
  ['an issuer in upper case', { issuer: 'https://ATTEST.example' }],
  ['an issuer with its usual port', { issuer: 'https://attest.example:443' }],
  ['an issuer that is no URL', { issuer: 'attest.example' }],
  ['an issuer with a query', { issuer: 'https://attest.example?a' }],
  ['an issuer with a user', { issuer: 'https://a@attest.example' }],
  ['no audience', { audience: '' }],
  ['no workload at all', { workload: [] }],
  ['an empty TEE', { tee: [''] }],
  ['an unknown status', { minimumStatus: 'contraindicated' }],
  ['a version below zero', { minReferenceVersion: -1 }],
  ['an algorithm of secrets', { algorithms: ['HS256'] }],
  ['no algorithm', { algorithms: [] }],
];
