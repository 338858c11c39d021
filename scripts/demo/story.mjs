// The chapters after the start: registration, a token, an opened model, and who is turned away.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openBrokers } from './brokers.mjs';
import { forgeries } from './forgeries.mjs';
import { checkAudit, openModel } from './opened-model.mjs';
import { createGuest, createOperator, makeKey, requestKey } from './parties.mjs';
import { tarOf } from './tar.mjs';
import { tellOfTdx } from './tdx.mjs';

const WORKLOAD = 'llm-serving';
const AUDIENCE = 'model-broker';
const MODEL = 'sample-model';

/** To whom each key goes. Evidence here is simulated, and one key is for real hardware all the same. */
const WANTED = {
  workloads: [WORKLOAD],
  tees: ['sev-snp', 'tdx'],
  tcb_status: ['UpToDate', 'NotShown'],
  max_token_age_seconds: 300,
};
const KEYS = {
  [MODEL]: { ...WANTED, allow_simulated: true },
  'model-for-real-hardware': WANTED,
  'model-of-others': { ...WANTED, workloads: ['another-workload'], allow_simulated: true },
  'model-of-next-year': { ...WANTED, min_reference_version: 1_000_000, allow_simulated: true },
};

export async function tellStory({ transcript, service, build, vendorDir, workDir, modelSize }) {
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
  const store = join(workDir, 'broker');
  const brokers = await openBrokers({ store, issuer, audience: AUDIENCE, keys: KEYS });
  try {
    const names = { workload: WORKLOAD, audience: AUDIENCE, model: MODEL };
    const world = { ...names, transcript, operator, guest, brokers, simulator, vendor, measurement, store };
    await register(world);
    const { key, token } = await obtainToken(world);
    await openModel({ ...world, workDir, modelSize }, { key, token });
    await turnAwayGuests(world, key);
    const { kid } = await requestKey(brokers.url, MODEL, token, key);
    await turnAwayTokens(world, { key, token, issuer });
    await revoke(world, key);
    await tellOfTdx({ ...world, issuer, intel, kid });
    await checkAudit({ ...world, workDir });
  } finally {
    await brokers.close();
  }
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
  transcript.chapter('Whom the broker turns away');
  const expectRefusal = async (what, wanted, { url = brokers.url, name = MODEL, ...presented }) => {
    const { token: shown = token, holder = key, ...relay } = presented;
    const { status, code } = await requestKey(url, name, shown, holder, relay);
    transcript.expect(what, `${status} ${code}`, wanted);
  };
  const elsewhere = await guest.attestFor('another-broker', key);
  await expectRefusal('a token for another broker', '401 token_audience', { token: elsewhere.body.token });
  await expectRefusal('the token ten minutes later', '401 token_expired', { url: brokers.laterUrl });
  for (const { what, forged, wanted } of await forgeries(token, issuer)) {
    await expectRefusal(what, wanted, { token: forged });
  }
  const holder = await makeKey();
  await expectRefusal('a stolen token without its key', '401 key_mismatch', { holder });
  await expectRefusal('a relay that wants the data key for itself', '403 enc_swapped', { swapEnc: true });
  await expectRefusal('the key of another workload', '403 key_not_yours', { name: 'model-of-others' });
  await expectRefusal('an image that is too old', '403 version_unwanted', { name: 'model-of-next-year' });
  transcript.tell(
    'All evidence here is simulated, and the policy of the model’s key takes that. One that does not:',
  );
  const real = { name: 'model-for-real-hardware' };
  await expectRefusal('the key of a model for real hardware', '403 simulated_unwanted', real);
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
