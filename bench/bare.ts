/**
 * The cryptography that no token can do without: a P-384 verify (SNP) or P-256 verifies (TDX), an ES256 signature.
 * Each iteration has a message and a signature of its own. On the thread pool, which leaves the event loop free
 * and is what the service calls, and beside it in the synchronous form, which spares the way to the pool. By Node, or
 * by the native addon; the signature of a token is Node's in either case.
 */
import { generateKeyPairSync, type KeyObject, randomBytes, sign, verify } from 'node:crypto';
import { promisify } from 'node:util';
import type { EcdsaAddon, EcdsaAddonKey } from '../src/pki/ecdsa-native.js';
import { loadAddon } from '../src/platform/native-addon.js';
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

/** All throw when it does not hold: a rate of refusals is no rate. */
export interface BareVerifier {
  /** As Assay calls it, and what its verifications are compared with: Node on the pool, the addon in place. */
  usual(signed: Signed): Promise<void>;
  pooled(signed: Signed): Promise<void>;
  sync(signed: Signed): Promise<void>;
}

const NODE_FORMS: Omit<BareVerifier, 'usual'> = {
  async pooled({ hash, message, signature, key }) {
    requireHolding(await verifyAsync(hash, message, { key, dsaEncoding: RAW }, signature));
  },
  async sync({ hash, message, signature, key }) {
    requireHolding(verify(hash, message, { key, dsaEncoding: RAW }, signature));
  },
};

export const NODE_BARE: BareVerifier = { ...NODE_FORMS, usual: NODE_FORMS.pooled };

/** The library behind the addon and nothing of Assay's; keys are read once. Throws where the addon is not built. */
export function nativeBare(): BareVerifier {
  const found = loadAddon();
  if (found.kind !== 'loaded') throw new Error('the native addon is not built: npm run build:native');
  const { PublicKey } = found.exports as EcdsaAddon;
  const keys = new WeakMap<KeyObject, EcdsaAddonKey>();
  const heldKey = ({ hash, key }: Signed): EcdsaAddonKey => {
    const known = keys.get(key);
    if (known !== undefined) return known;
    const [curve, length] = hash === 'sha256' ? (['P-256', 65] as const) : (['P-384', 97] as const);
    const held = new PublicKey(curve, key.export({ type: 'spki', format: 'der' }).subarray(-length));
    keys.set(key, held);
    return held;
  };
  const sync = async (signed: Signed): Promise<void> => {
    requireHolding(heldKey(signed).verify(signed.message, signed.signature));
  };
  return {
    usual: sync,
    sync,
    async pooled(signed) {
      requireHolding(await heldKey(signed).verifyPooled(signed.message, signed.signature));
    },
  };
}

function requireHolding(holds: boolean): void {
  if (!holds) throw new Error('a signature does not hold');
}

export async function measureBare(
  size: Size,
  { pooled, sync }: Pick<BareVerifier, 'pooled' | 'sync'>,
): Promise<BareCosts> {
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = p256.privateKey;
  const messages = async (length: number) =>
    Array.from({ length }, () => new Uint8Array(randomBytes(TOKEN_LENGTH)));
  return {
    verifyP384: await measureForms(size, (count) => signedBy(p384, 'sha384', SNP_SIGNED_LENGTH, count), [
      pooled,
      sync,
    ]),
    verifyP256: await measureForms(size, (count) => signedBy(p256, 'sha256', TDX_SIGNED_LENGTH, count), [
      pooled,
      sync,
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
