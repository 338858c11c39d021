/** A certificate for tests of clients that speak TLS. */
import { constraintsExtension, pemOf, signCertificate } from '../src/simulator/certificate.js';
import { FORMS, keyOf } from './pki/miniature-ec.js';

/** Self-signed, good for a day around now: TLS clients go by the machine's clock. */
export async function localhostCertificate(): Promise<{ key: string; cert: string }> {
  const key = keyOf('localhost');
  // RFC 5280, 4.2.1.6: one dNSName.
  const names = Buffer.concat([Buffer.from([0x30, 11, 0x82, 9]), Buffer.from('localhost')]);
  const plan = {
    serialNumber: 1n,
    subject: 'localhost',
    issuer: 'localhost',
    notBefore: new Date(Date.now() - 86_400_000),
    notAfter: new Date(Date.now() + 86_400_000),
    key,
    extensions: [
      constraintsExtension({ pathLength: null }),
      { oid: '2.5.29.17', critical: false, value: names },
    ],
  };
  const cert = pemOf(await signCertificate(FORMS.ecdsa, plan, key));
  return { key: key.export({ type: 'pkcs8', format: 'pem' }).toString(), cert };
}
