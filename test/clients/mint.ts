/** What a table of cases is made from: one issuer, one holder, one thief, and tokens and proofs with one thing changed. */
import { makeHolder, proofBy, type SampleHolder } from '../client/sample-holder.js';
import {
  type Changes,
  makeSampleIssuer,
  makeSampleKey,
  SAMPLE_AT,
  SAMPLE_ATT,
  SAMPLE_AUDIENCE,
  type SampleKey,
  sampleClaims,
  signBytes,
  signSample,
} from '../client/sample-issuer.js';
import type { JudgeOptions } from './question.js';

/** Of the request that proofs are for. */
export const METHOD = 'POST';
export const ADDRESS = 'https://broker.example/keys/model';
export const SECONDS = SAMPLE_AT.getTime() / 1000;

export interface Mint {
  readonly issuer: string;
  readonly es256: SampleKey;
  readonly rs256: SampleKey;
  /** A key that nobody publishes. */
  readonly stranger: SampleKey;
  readonly holder: SampleHolder;
  readonly thief: SampleHolder;
  /** What any verifier of the table goes by. */
  readonly options: JudgeOptions;
  /** A good token bound to the holder's key, with claims replaced. */
  token(claims?: Changes, key?: SampleKey, header?: Changes): Promise<string>;
  /** The same with members of `att` replaced. */
  facts(att: Changes): Promise<string>;
  /** Signed by the issuer, whatever it is. */
  signed(text: string): Promise<string>;
  /** Of the holder, for a token and the request. */
  proof(token: string, claims?: Changes, by?: SampleHolder): Promise<string>;
}

export async function makeMint(issuer: string): Promise<Mint> {
  const [{ es256, rs256 }, stranger, holder, thief] = await Promise.all([
    makeSampleIssuer(),
    makeSampleKey(),
    makeHolder(),
    makeHolder(),
  ]);
  const sound = { ...sampleClaims(holder.jkt), iss: issuer };
  const token: Mint['token'] = (claims = {}, key = es256, header = {}) =>
    signSample({ ...sound, ...claims }, key, header);
  return {
    ...{ issuer, es256, rs256, stranger, holder, thief, token },
    options: { issuer, audience: SAMPLE_AUDIENCE, since: SAMPLE_AT.getTime() - 1_000 },
    facts: (att) => token({ att: { ...SAMPLE_ATT, ...att } }),
    signed: (text) => signBytes(Buffer.from(text), es256, { alg: 'ES256', kid: es256.kid, typ: 'JWT' }),
    proof: (of, claims = {}, by = holder) =>
      proofBy(by, { token: of, method: METHOD, url: ADDRESS, at: SAMPLE_AT }, claims),
  };
}
