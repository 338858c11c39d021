/** An authority for TLS in tests, which certifies any key for any name: good for a day around now, by the machine's clock. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import {
  constraintsExtension,
  pemOf,
  signCertificate,
  usageExtension,
} from '../src/simulator/certificate.js';
import { INTEL_FORM } from '../src/simulator/intel/form.js';

export type TlsKeyKind = 'P-256' | 'P-384' | 'Ed25519' | 'RSA';

/** What a TLS server of Node takes. */
export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
  /** Private. */
  readonly keyObject: KeyObject;
}

export interface TlsAuthority {
  /** PEM. */
  readonly ca: string;
  issue(name: string, options?: { readonly key?: KeyObject; readonly until?: Date }): Promise<TlsIdentity>;
}

const DAY_MS = 24 * 3600 * 1000;

export function makeTlsKey(kind: TlsKeyKind = 'P-256'): KeyObject {
  if (kind === 'Ed25519') return generateKeyPairSync('ed25519').privateKey;
  if (kind === 'RSA') return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  return generateKeyPairSync('ec', { namedCurve: kind }).privateKey;
}

export async function makeTlsAuthority(): Promise<TlsAuthority> {
  const authorityKey = makeTlsKey();
  let serial = 0n;
  const certificate = async (subject: string, key: KeyObject, { until = inDays(1), ...rest }: Plan) => {
    serial += 1n;
    const plan = {
      serialNumber: serial,
      subject,
      issuer: 'Test authority',
      notBefore: inDays(-1),
      notAfter: until,
    };
    return pemOf(await signCertificate(INTEL_FORM, { ...plan, key, ...rest }, authorityKey));
  };
  return {
    ca: await certificate('Test authority', authorityKey, {
      extensions: [constraintsExtension({ pathLength: 0 }), usageExtension(0x06)],
    }),
    async issue(name, { key = makeTlsKey(), until } = {}) {
      const extensions = [constraintsExtension(null), namesExtension(name)];
      const cert = await certificate(name, key, { extensions, ...(until === undefined ? {} : { until }) });
      return { key: String(key.export({ type: 'pkcs8', format: 'pem' })), cert, keyObject: key };
    },
  };
}

type Plan = Pick<Parameters<typeof signCertificate>[1], 'extensions'> & { readonly until?: Date };

function inDays(days: number): Date {
  return new Date(Math.floor((Date.now() + days * DAY_MS) / 1000) * 1000);
}

/** subjectAltName with one dNSName or iPAddress (RFC 5280, 4.2.1.6). */
function namesExtension(name: string) {
  const [tag, bytes] =
    isIP(name) === 4 ? [0x87, Buffer.from(name.split('.').map(Number))] : [0x82, Buffer.from(name)];
  const value = Buffer.concat([Buffer.from([0x30, bytes.length + 2, tag, bytes.length]), bytes]);
  return { oid: '2.5.29.17', critical: false, value };
}
