// The chapters after the start: registration, a token, an opened model, and who is turned away.
import { createCipheriv, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openBrokers } from './brokers.mjs';
import { forgeries } from './forgeries.mjs';
import { createGuest, createOperator, decryptModel, makeKey, requestKey } from './parties.mjs';
import { tarOf } from './tar.mjs';
import { tellOfTdx } from './tdx.mjs';

const WORKLOAD = 'llm-serving';
const AUDIENCE = 'model-broker';
const MODEL = 'sample-model';
const WEIGHTS = 'These would be forty gigabytes of weights that nobody but the guest may read.';

export async function tellStory({ transcript, service, build, vendorDir }) {
  const simulator = await import(pathToFileURL(join(build, 'src', 'simulator', 'index.js')).href);
  const [vendor, intel] = await Promise.all([
    simulator.loadVendor(vendorDir),
    simulator.loadIntel(vendorDir),
  ]);
  const { issuer, adminKey } = service;
  const measurement = new Uint8Array(randomBytes(48));
  const operator = createOperator(issuer, adminKey);
  const guest = createGuest({
    issuer,
    mint: (options) => simulator.mintGuest(vendor, { measurement, ...options }),
  });
  const modelKey = randomBytes(32);
  const sealed = sealModel(modelKey);
  const brokers = await openBrokers({
    issuer,
    audience: AUDIENCE,
    workload: WORKLOAD,
    model: MODEL,
    modelKey,
  });
  try {
    const world = { transcript, operator, guest, brokers, simulator, vendor, measurement };
    await register(world);
    const { key, token } = await obtainToken(world);
    await openModel(world, { key, token, sealed });
    await turnAwayGuests(world, key);
    await turnAwayTokens(world, { key, token, issuer });
    await revoke(world, key);
    await tellOfTdx({
      ...world,
      issuer,
      intel,
      sealed,
      workload: WORKLOAD,
      audience: AUDIENCE,
      model: MODEL,
      weights: WEIGHTS,
    });
  } finally {
    await brokers.close();
  }
}

/** AES-256-GCM: nonce, ciphertext, tag. */
function sealModel(key) {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const body = Buffer.concat([cipher.update(WEIGHTS, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, body, cipher.getAuthTag()]);
}

async function register({ transcript, operator, measurement }) {
  transcript.chapter('An operator says what may run');
  const workload = await operator.register('/v1/workloads', { name: WORKLOAD });
  transcript.expect(`workload ${WORKLOAD} is created`, workload.status, 201);
  const digest = Buffer.from(measurement).toString('hex');
  const values = await operator.register(`/v1/workloads/${WORKLOAD}/reference-values`, {
    tee: 'sev-snp',
    covers: 'boot',
    match: { measurement: digest },
    activate: true,
  });
  transcript.tell(`The image that was built measures ${digest.slice(0, 24)}…`);
  transcript.expect('its reference value (golden measurement) is', values.body.state, 'active');
  for (const name of [AUDIENCE, 'another-broker']) {
    const audience = await operator.register('/v1/audiences', { name, workloads: [WORKLOAD] });
    transcript.expect(`audience ${name} is created`, audience.status, 201);
  }
}

async function obtainToken({ transcript, guest }) {
  transcript.chapter('A guest on AMD SEV-SNP proves what it is');
  const key = await makeKey();
  transcript.tell(`Inside a confidential VM a key pair is made; its thumbprint is ${key.thumbprint}`);
  const challenge = await guest.challenge(AUDIENCE);
  transcript.tell(`The guest takes a challenge, good until ${challenge.expires_at}.`);
  transcript.tell('It asks its hardware for a report over challenge, audience, issuer and its own key.');
  const { status, body } = await guest.attest(await guest.evidence(challenge, key));
  transcript.expect('the service answers', status, 200);
  transcript.expect('the evidence is', body.status, 'affirming');
  transcript.expect('the token names the workload', body.workload, WORKLOAD);
  transcript.expect('the token is bound to a key', body.token_type, 'DPoP');
  return { key, token: body.token };
}

async function openModel({ transcript, brokers }, { key, token, sealed }) {
  transcript.chapter('A key broker opens the model');
  transcript.tell(
    `The broker knows the issuer's URL and nothing else. It asks for proof that the caller holds`,
  );
  transcript.tell('the key in the token, and then releases the key of the model.');
  const { status, body } = await requestKey(brokers.url, MODEL, token, key);
  transcript.expect('the broker answers', status, 200);
  const opened = status === 200 ? decryptModel(sealed, Buffer.from(body.key, 'base64url')) : null;
  transcript.expect('the model file says', opened, WEIGHTS);
}

async function turnAwayGuests({ transcript, guest }, key) {
  transcript.chapter('Evidence that is turned away');
  const expectRefusal = (what, { status, body }, wanted) =>
    transcript.expect(what, `${status} ${body.code ?? 'token issued'}`, wanted);

  const debug = await guest.attestFor(AUDIENCE, key, { policy: { debug: true } });
  expectRefusal('a guest whose memory the host may read', debug, '403 snp_policy_debug');

  const other = await guest.attestFor(AUDIENCE, key, { measurement: new Uint8Array(randomBytes(48)) });
  expectRefusal('an image that nobody registered', other, '403 measurement_not_allowed');

  const request = await guest.evidence(await guest.challenge(AUDIENCE), key);
  const first = await guest.attest(request);
  transcript.expect('a challenge is good once', first.status, 200);
  expectRefusal('the same request a second time', await guest.attest(request), '409 nonce_replayed');

  const relayed = await guest.attestFor(AUDIENCE, key, { boundTo: await makeKey() });
  expectRefusal('REPORT_DATA made for another key', relayed, '422 report_data_mismatch');

  const old = await guest.attestFor(AUDIENCE, key, { fault: 'snp_tcb_status_not_accepted' });
  expectRefusal('firmware with known vulnerabilities', old, '403 snp_tcb_status_not_accepted');

  const forged = await guest.attestFor(AUDIENCE, key, { fault: 'snp_signature_invalid' });
  expectRefusal('a report that the hardware did not sign', forged, '422 snp_signature_invalid');
}

async function turnAwayTokens({ transcript, guest, brokers }, { key, token, issuer }) {
  transcript.chapter('Tokens that the broker turns away');
  const expectRefusal = async (what, url, presented, holder, wanted) => {
    const { status, body } = await requestKey(url, MODEL, presented, holder);
    transcript.expect(what, `${status} ${body.error ?? 'key released'}`, wanted);
  };
  const elsewhere = await guest.attestFor('another-broker', key);
  await expectRefusal('a token for another broker', brokers.url, elsewhere.body.token, key, '403 claim_aud');
  await expectRefusal('the token ten minutes later', brokers.laterUrl, token, key, '403 expired');
  for (const { what, forged, wanted } of await forgeries(token, issuer)) {
    await expectRefusal(what, brokers.url, forged, key, wanted);
  }
  await expectRefusal('a stolen token without its key', brokers.url, token, await makeKey(), '403 other_key');
  transcript.tell(
    'All evidence here is simulated, and the broker was told to accept that. One that was not:',
  );
  await expectRefusal('a broker for real hardware only', brokers.strictUrl, token, key, '403 simulated');
}

/** On a product line of its own: what is revoked here stays revoked. */
async function revoke({ transcript, operator, guest, simulator, vendor }, key) {
  transcript.chapter('The vendor revokes an intermediate');
  const before = await guest.attestFor(AUDIENCE, key, { product: 'Genoa' });
  transcript.expect('a guest on a Genoa processor gets a token', before.status, 200);
  // A later list has the higher number; ten minutes ahead it is later than the one from the start.
  const at = new Date(Date.now() + 600_000);
  const { crls } = await simulator.mintGuest(vendor, { at, product: 'Genoa', fault: 'snp_ca_revoked' });
  const imported = await operator.importArchive(await tarOf('vcek_crl.der', crls.vcek));
  transcript.expect('the new revocation list is', imported.body.imported?.[0]?.state, 'current');
  const { status, body } = await guest.attestFor(AUDIENCE, key, { product: 'Genoa' });
  transcript.expect('the same guest now', `${status} ${body.code ?? 'token issued'}`, '422 snp_ca_revoked');
}
