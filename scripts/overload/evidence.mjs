// Submissions made before the load begins: challenges of the service, reports of one simulated chip bound to them.
import { pathToFileURL } from 'node:url';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';

const AT_ONCE = 16;

/** Resolves to the bodies of so many attest requests, each good for one token. */
export async function prepareSubmissions(count, { issuer, audience, build, vendorDir, measurement }) {
  const load = (path) => import(pathToFileURL(`${build}/src/${path}.js`).href);
  const [{ bindingDigest }, chip] = await Promise.all([
    load('rats/binding'),
    makeChip(load, vendorDir, measurement),
  ]);
  const { publicKey } = await generateKeyPair('ES256');
  const jwk = await exportJWK(publicKey);
  const sig = await calculateJwkThumbprint(jwk);
  const bodies = [];
  const one = async () => {
    while (bodies.length < count) {
      const reply = await fetch(`${issuer}/v1/challenges`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ audience }),
      });
      const { challenge, nonce } = await reply.json();
      const report = await chip.report(bindingDigest({ issuer, audience, nonce, sig, enc: null }));
      const encoded = (bytes) => Buffer.from(bytes).toString('base64url');
      const cpu = { type: 'sev-snp', bytes: encoded(report), certificates: chip.certificates.map(encoded) };
      bodies.push(JSON.stringify({ challenge, audience, evidence: { cpu }, keys: { sig: jwk } }));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return bodies.slice(0, count);
}

/** One chip whose key signs every report: minting a chip for each would take longer than the measurement. */
async function makeChip(load, vendorDir, measurement) {
  const [{ loadVendor }, { authoritiesOf }, { resolveGuest }, leaf, { makeEcKey }, reports] =
    await Promise.all([
      load('simulator/amd/vendor-store'),
      load('simulator/amd/vendor'),
      load('simulator/amd/guest-options'),
      load('simulator/amd/leaf'),
      load('simulator/key-pair'),
      load('simulator/amd/report'),
    ]);
  const guest = resolveGuest({ at: new Date(), measurement });
  const authorities = authoritiesOf(await loadVendor(vendorDir), guest.product);
  const plan = leaf.planLeaf(guest, authorities);
  const key = await makeEcKey(plan.curve);
  const issuer = leaf.issuerOf(authorities, plan.kind).certificate;
  return {
    certificates: [await leaf.mintLeaf(plan, key), issuer, authorities.ark.certificate],
    async report(reportData) {
      const report = reports.composeReport({ ...guest, reportData });
      await reports.signReport(report, key);
      return report;
    },
  };
}
