/** Simulated vendors and what their guests submit: one signature after another that nobody has seen before. */
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { parseReferenceValue } from '../src/appraisal/reference-schema.js';
import { keepDigest } from '../src/bytes/digest.js';
import { reverseBytes } from '../src/pki/signature.js';
import type { EndorsementSet, TrustAnchors } from '../src/rats/endorsement.js';
import type { ReferenceValue } from '../src/rats/reference-value.js';
import {
  anchorsOf,
  intelAnchorsOf,
  mintGuest,
  mintIntel,
  mintTd,
  mintVendor,
  referenceValueOf,
  type SimulatedGuest,
  type SimulatedTd,
  tdReferenceValueOf,
} from '../src/simulator/index.js';
import type { Signed } from './bare.js';

export interface Submission {
  readonly evidence: Uint8Array;
  readonly certificates: readonly Uint8Array[];
  readonly reportData: Uint8Array;
  /** The evidence's own signature, for the bare cryptography to verify too. */
  readonly signed: Signed;
}

export interface World {
  readonly at: Date;
  readonly anchors: TrustAnchors;
  /** As the service's store holds them: in memory, their digests computed once. */
  readonly endorsements: EndorsementSet;
  readonly references: readonly ReferenceValue[];
  /** A further guest of a machine that was seen before: same chain, another signature. */
  known(): Promise<Submission>;
  /** The first guest of a machine: nothing of its chain can be remembered. */
  fresh(): Promise<Submission>;
}

export type Tee = 'snp' | 'tdx';

export function makeWorld(tee: Tee): Promise<World> {
  return tee === 'snp' ? makeSnp() : makeTdx();
}

async function makeSnp(): Promise<World> {
  const at = new Date();
  const vendor = await mintVendor({ at, products: ['Milan'] });
  const first = await mintGuest(vendor, { at });
  const options = { at, measurement: first.expected.measurement };
  return {
    at,
    anchors: anchorsOf(vendor),
    endorsements: kept(first.endorsements),
    references: [{ ...parseReferenceValue(referenceValueOf(first)), workload: null, version: null }],
    known: async () => snpSubmission(await mintGuest(vendor, { ...options, sameMachineAs: first })),
    fresh: async () => snpSubmission(await mintGuest(vendor, options)),
  };
}

async function makeTdx(): Promise<World> {
  const at = new Date();
  const intel = await mintIntel({ at });
  const first = await mintTd(intel, { at });
  const { mrTd, rtmrs } = first.expected;
  const options = { at, mrTd, rtmrs };
  const attestationKey = (): ReturnType<typeof generateKeyPairSync>['privateKey'] =>
    generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  return {
    at,
    anchors: intelAnchorsOf(intel),
    endorsements: kept(first.endorsements),
    references: [{ ...parseReferenceValue(tdReferenceValueOf(first)), workload: null, version: null }],
    known: async () => tdSubmission(await mintTd(intel, { ...options, sameMachineAs: first })),
    // Keys of its own, as each platform has them.
    fresh: async () =>
      tdSubmission(
        await mintTd(intel, { ...options, pckKey: attestationKey(), attestationKey: attestationKey() }),
      ),
  };
}

function kept(endorsements: EndorsementSet): EndorsementSet {
  return endorsements.map((one) => ({ ...one, bytes: keepDigest(one.bytes) }));
}

const publicKeys = new Map<KeyObject | string, KeyObject>();

/** Guests of one machine have one key: reading it again and again would count as work of the bare cryptography. */
function readOnce(of: KeyObject | string, read: () => KeyObject): KeyObject {
  const key = publicKeys.get(of) ?? read();
  publicKeys.set(of, key);
  return key;
}

/** Two components of 72 bytes, little endian, of which P-384 fills 48 (AMD 56860, table 131). */
const SNP_SIGNATURE = { offset: 0x2a0, component: 72, used: 48 } as const;

function snpSubmission({ evidence, certificates, expected, report, leafKey }: SimulatedGuest): Submission {
  const { offset, component, used } = SNP_SIGNATURE;
  const numberAt = (start: number) => reverseBytes(report.subarray(start, start + used));
  return {
    evidence,
    certificates,
    reportData: expected.reportData,
    signed: {
      hash: 'sha384',
      message: report.subarray(0, offset),
      signature: new Uint8Array([...numberAt(offset), ...numberAt(offset + component)]),
      key: readOnce(leafKey, () => createPublicKey(leafKey)),
    },
  };
}

/** Quote version 4: what is signed, four bytes of length, signature, the key's x and y (Intel 348549, A.3.1 and A.3.8). */
const TDX_SIGNATURE = { signedLength: 632, offset: 636, length: 64 } as const;

function tdSubmission({ evidence, certificates, expected, quote }: SimulatedTd): Submission {
  const { signedLength, offset, length } = TDX_SIGNATURE;
  const point = Buffer.from(quote.subarray(offset + length, offset + 2 * length));
  const [x, y] = [point.subarray(0, 32), point.subarray(32)].map((half) => half.toString('base64url'));
  if (x === undefined || y === undefined) throw new RangeError('a quote without a key');
  return {
    evidence,
    certificates,
    reportData: expected.reportData,
    signed: {
      hash: 'sha256',
      message: quote.subarray(0, signedLength),
      signature: quote.subarray(offset, offset + length),
      key: readOnce(`${x} ${y}`, () =>
        createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' }),
      ),
    },
  };
}
