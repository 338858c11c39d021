// The chapters on Intel TDX: the same workload on other hardware, and what is turned away there.
import { randomBytes } from 'node:crypto';
import { createGuest, makeKey, requestKey } from './parties.mjs';

const hexOf = (bytes) => Buffer.from(bytes).toString('hex');

export async function tellOfTdx(world) {
  const image = { mrTd: digest(), rtmrs: [digest(), digest(), digest()] };
  const guest = createGuest({
    issuer: world.issuer,
    mint: (options) => world.simulator.mintTd(world.intel, { ...image, ...options }),
  });
  const key = await makeKey();
  await registerImage(world, image);
  await releaseKey(world, guest, key);
  await turnAwayGuests(world, guest, key, image);
}

function digest() {
  return new Uint8Array(randomBytes(48));
}

async function registerImage({ transcript, operator, workload }, { mrTd, rtmrs }) {
  transcript.chapter('The same workload on Intel TDX');
  const values = await operator.register(`/v1/workloads/${workload}/reference-values`, {
    tee: 'tdx',
    covers: 'boot',
    match: { mrtd: hexOf(mrTd), rtmr1: hexOf(rtmrs[1]), rtmr2: hexOf(rtmrs[2]) },
    activate: true,
  });
  transcript.tell('A TD has several registers: MRTD for its firmware, RTMR1 and RTMR2 for what that booted.');
  transcript.expect('reference values for all three are', values.body.state, 'active');
}

async function releaseKey({ transcript, brokers, audience, model, kid }, guest, key) {
  for (const [version, quoteVersion] of [
    ['a quote of version 4', 4],
    ['a quote of version 5', 5],
  ]) {
    const { status, body } = await guest.attestFor(audience, key, { quoteVersion });
    transcript.expect(`${version} is`, `${status} ${body.status ?? body.code}`, '200 affirming');
    if (quoteVersion === 4) continue;
    const released = await requestKey(brokers.url, model, body.token, key);
    transcript.expect('the same broker releases the same data key', released.kid, kid);
  }
}

async function turnAwayGuests({ transcript, operator, audience }, guest, key, { rtmrs }) {
  transcript.chapter('TDX evidence that is turned away');
  const expectRefusal = (what, { status, body }, wanted) =>
    transcript.expect(what, `${status} ${body.code ?? 'token issued'}`, wanted);

  const old = await guest.attestFor(audience, key, { outOfDate: true });
  expectRefusal('a platform that Intel calls out of date', old, '403 tdx_tcb_status_not_accepted');

  const revoked = await guest.attestFor(audience, key, { revoked: true });
  expectRefusal('a platform whose PCK certificate is revoked', revoked, '422 tdx_pck_revoked');

  const enclave = await guest.attestFor(audience, key, { fault: 'tdx_qe_identity_mismatch' });
  expectRefusal('a quoting enclave that is not Intel’s', enclave, '422 tdx_qe_identity_mismatch');

  const kernel = await guest.attestFor(audience, key, { rtmrs: [rtmrs[0], rtmrs[1], digest()] });
  expectRefusal('another kernel command line', kernel, '403 measurement_not_allowed');
  const differing = registersOf(await operator.read(kernel.body.instance)).join(', ');
  transcript.expect('the record names the register that differs', differing, 'rtmr2');

  const debug = await guest.attestFor(audience, key, { attributes: { debug: true } });
  expectRefusal('a TD whose memory the host may read', debug, '403 tdx_debug_td');

  const relayed = await guest.attestFor(audience, key, { boundTo: await makeKey() });
  expectRefusal('REPORTDATA made for another key', relayed, '422 report_data_mismatch');
}

/** Registers that the decision names as other than expected. */
function registersOf({ checks = [] }) {
  const observed = checks.find(({ id }) => id === 'measurement_not_allowed')?.observed ?? '';
  return observed.match(/\b(mrtd|rtmr\d)\b/gu) ?? [];
}
