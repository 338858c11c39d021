/** The cryptography that no token can do without, and nothing else: one P-384 verify, one ES256 signature. */
import { createPrivateKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { promisify } from 'node:util';
import { type Cost, measure } from './measure.js';

const signAsync = promisify<string, Uint8Array, Parameters<typeof sign>[2], Buffer>(sign);
const verifyAsync = promisify<string, Uint8Array, Parameters<typeof verify>[2], Uint8Array, boolean>(verify);

/** Bytes 0 to 0x29F of a report are signed. */
const SIGNED_LENGTH = 0x2a0;
const COUNT = 400;

export async function measureBare(): Promise<{ readonly verify: Cost; readonly sign: Cost }> {
  const message = new Uint8Array(SIGNED_LENGTH).fill(1);
  const chip = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const signature = await signAsync('sha384', message, { key: chip.privateKey, dsaEncoding: 'ieee-p1363' });
  const key = { key: chip.publicKey, dsaEncoding: 'ieee-p1363' } as const;
  const issuer = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signingKey = createPrivateKey(issuer.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return {
    verify: await measure(COUNT, async () => {
      if (!(await verifyAsync('sha384', message, key, signature))) throw new Error('does not verify');
    }),
    sign: await measure(COUNT * 4, async () => {
      await signAsync('sha256', message, { key: signingKey, dsaEncoding: 'ieee-p1363' });
    }),
  };
}
