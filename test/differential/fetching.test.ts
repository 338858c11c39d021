/**
 * A client by others that fetches for itself, from the miniature Intel over HTTP: paths, headers and encodings. There is
 * none for AMD: go-sev-guest takes certificates in AMD’s own name alone, which those of the miniature AMD never bear.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mintTd } from '../../src/simulator/index.js';
import { SIMULATED_AT, simulatedIntel } from '../simulated-vendor.js';
import { type RunningVendor, startRunningVendor } from '../simulator/service/running-vendor.js';
import { type Answer, askProgram, type Question } from './peer.js';
import { programOfPeer } from './suite.js';
import { base64, rootOf } from './tdx-material.js';

let vendor: RunningVendor;
beforeAll(async () => {
  vendor = await startRunningVendor();
});
afterAll(() => vendor.close());

const PEER = 'go-tdx-guest';
const program = programOfPeer(PEER);

const describePeer = program === null ? describe.skip : describe;

describePeer(`${PEER}, which fetches what it needs`, () => {
  const ask = async (question: Question): Promise<Answer> => {
    const [answer] = await askProgram(program ?? '', [{ ...question, service: vendor.url }]);
    if (answer === undefined) throw new Error(`${PEER} did not answer`);
    return answer;
  };

  const question = async () => ({
    evidence: base64((await mintTd(await simulatedIntel(), { at: SIMULATED_AT })).evidence),
    at: SIMULATED_AT.toISOString(),
    root: base64(rootOf(vendor.anchors)),
  });

  /** The row `fmspc-case`: signatures and revocation are behind it then, and no platform with a letter gets further. */
  const AS_FAR_AS_IT_GOES = 'FMSPC from PCK Certificate("a55a6f000000") is not equal to FMSPC value';

  test('reads every document, and ends where it always ends', async () => {
    expect((await ask(await question())).reason).toContain(AS_FAR_AS_IT_GOES);
    expect(vendor.requests.map(({ path, status }) => `${status} ${path}`).sort()).toEqual([
      '200 /IntelSGXRootCA.der',
      '200 /sgx/certification/v4/pckcrl?ca=platform&encoding=der',
      '200 /tdx/certification/v4/qe/identity',
      '200 /tdx/certification/v4/tcb?fmspc=a55a6f000000',
    ]);
  });

  test.each(['wrong-signature', 'expired', 'without-chain', 'garbage', 'truncated', 'not-found', 'down'])(
    'ends before that where the vendor is %s',
    async (behaviour) => {
      vendor.set(behaviour);
      const { verdict, reason } = await ask(await question());
      vendor.set();
      expect(verdict).toBe('reject');
      expect(reason).not.toContain(AS_FAR_AS_IT_GOES);
    },
  );
});
