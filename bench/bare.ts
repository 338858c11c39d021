/**
 * The cryptography that no token can do without: a P-384 verify (SNP) or P-256 verifies (TDX), an ES256 signature.
 * Each iteration has a message and a signature of its own. In the callback form, which leaves the event loop free
 * and is what the service calls, and beside it in the synchronous form, which spares the way to the thread pool.
 */
import { generateKeyPairSync, type KeyObject, randomBytes, sign, verify } from 'node:crypto';
import { promisify } from 'node:util';
import { type Cost, costOf, type Round, runRound, type Size } from './measure.js';

const signAsync = promisify<string, Uint8Array, Parameters<typeof sign>[2], Buffer>(sign);
const verifyAsync = promisify<string, Uint8Array, Parameters<typeof verify>[2], Uint8Array, boolean>(verify);

export type SignatureHash = 'sha256' | 'sha384';

/** Something signed; `signature` is r and s, big endian, of the curve's width. */
export interface Signed {
  readonly hash: SignatureHash;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  readonly key: KeyObject;
}

export interface BareCost extends Cost {
  /** CPU milliseconds of the synchronous form. */
  readonly syncCpuMs: number;
}

export interface BareCosts {
  readonly verifyP384: BareCost;
  readonly verifyP256: BareCost;
  readonly sign: BareCost;
}

/** Bytes 0 to 0x29F of a report are signed. */
const SNP_SIGNED_LENGTH = 0x2a0;
/** Header and body of a quote of version 4. */
const TDX_SIGNED_LENGTH = 632;
/** Header and claims of a token, about. */
const TOKEN_LENGTH = 1200;

const RAW = 'ieee-p1363';

/** Throws when it does not hold: a rate of refusals is no rate. */
export async function verifyBare({ hash, message, signature, key }: Signed): Promise<void> {
  if (!(await verifyAsync(hash, message, { key, dsaEncoding: RAW }, signature)))
    throw new Error('a signature does not hold');
}

async function verifyBareSync({ hash, message, signature, key }: Signed): Promise<void> {
  if (!verify(hash, message, { key, dsaEncoding: RAW }, signature))
    throw new Error('a signature does not hold');
}

export async function measureBare(size: Size): Promise<BareCosts> {
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = p256.privateKey;
  const messages = async (length: number) =>
    Array.from({ length }, () => new Uint8Array(randomBytes(TOKEN_LENGTH)));
  return {
    verifyP384: await measureForms(size, (count) => signedBy(p384, 'sha384', SNP_SIGNED_LENGTH, count), [
      verifyBare,
      verifyBareSync,
    ]),
    verifyP256: await measureForms(size, (count) => signedBy(p256, 'sha256', TDX_SIGNED_LENGTH, count), [
      verifyBare,
      verifyBareSync,
    ]),
    sign: await measureForms(size, messages, [
      async (message) => {
        await signAsync('sha256', message, { key, dsaEncoding: RAW });
      },
      async (message) => {
        sign('sha256', message, { key, dsaEncoding: RAW });
      },
    ]),
  };
}

async function signedBy(
  { privateKey, publicKey }: { readonly privateKey: KeyObject; readonly publicKey: KeyObject },
  hash: SignatureHash,
  length: number,
  count: number,
): Promise<readonly Signed[]> {
  const made: Signed[] = [];
  for (let index = 0; index < count; index += 1) {
    const message = new Uint8Array(randomBytes(length));
    const signature = await signAsync(hash, message, { key: privateKey, dsaEncoding: RAW });
    made.push({ hash, message, signature, key: publicKey });
  }
  return made;
}

/** Both forms in turn, on inputs that are new in each round. */
async function measureForms<T>(
  size: Size,
  make: (count: number) => Promise<readonly T[]>,
  [asynchronous, synchronous]: readonly [(input: T) => Promise<void>, (input: T) => Promise<void>],
): Promise<BareCost> {
  await runRound(await make(size.count), asynchronous);
  const rounds: Round[] = [];
  const syncRounds: Round[] = [];
  for (let index = 0; index < size.rounds; index += 1) {
    rounds.push(await runRound(await make(size.count), asynchronous));
    syncRounds.push(await runRound(await make(size.count), synchronous));
  }
  return { ...costOf(rounds, size), syncCpuMs: costOf(syncRounds, size).cpuMs };
}
