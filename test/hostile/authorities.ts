/** Authorities whose certificates hold, each signed by the next, and the last by the first. */
import { authorityExtensions, mintCertificate } from '../../src/simulator/amd/certificate.js';
import { makeRsaKey } from '../../src/simulator/key-pair.js';
import { SIMULATED_AT } from '../simulated-vendor.js';

const DAY = 86_400_000;
/** The first carry the names that are looked for. */
const NAMES = ['SEV-Milan', 'ARK-Milan', 'SEV-VLEK-Milan'];

let keys: Promise<Awaited<ReturnType<typeof makeRsaKey>>[]> | null = null;

/** DER. Of one: a root that is nobody's. */
export async function loopOf(size: number): Promise<Uint8Array[]> {
  keys ??= Promise.all([makeRsaKey(2048), makeRsaKey(2048), makeRsaKey(2048)]);
  const made = await keys;
  const nameOf = (index: number): string => NAMES[index] ?? `SEV-Circle-${index}`;
  return Promise.all(
    Array.from({ length: size }, (_, index) => {
      const next = (index + 1) % size;
      const [key, issuerKey] = [made[index % made.length], made[next % made.length]];
      if (key === undefined || issuerKey === undefined) throw new TypeError('no keys');
      return mintCertificate(
        {
          serialNumber: BigInt(1000 + index),
          subject: nameOf(index),
          issuer: nameOf(next),
          notBefore: new Date(SIMULATED_AT.getTime() - 30 * DAY),
          notAfter: new Date(SIMULATED_AT.getTime() + 30 * DAY),
          key,
          extensions: authorityExtensions(key, issuerKey, null, 'https://kdsintf.amd.com/circle'),
        },
        issuerKey,
      );
    }),
  );
}
