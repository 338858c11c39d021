/**
 * Assay’s own verification of what the peers verify, in a process of its own: `node build/bench/peers/assay.js TEE
 * MILLISECONDS`, by ASSAY_CRYPTO. Prints JSON, CPU milliseconds each: `warm`, with chain and documents known from the
 * verification before, and `cold`, with every signature forgotten before each; the evidence’s own is never remembered.
 */
import { openCrypto } from '../../src/compose/crypto.js';
import { forgetVerifiedSignatures } from '../../src/pki/signature.js';
import { SILENCE } from '../../src/platform/log.js';
import { LOW, quantile, runRound } from '../measure.js';
import { type Subject, subjectOf } from './subject.js';

const ROUND = 50;

async function measure({ verify }: Subject, milliseconds: number, before: () => void): Promise<number> {
  const once = async (): Promise<void> => {
    before();
    const objections = await verify();
    if (objections.length > 0) throw new Error(`not authentic: ${objections.join(', ')}`);
  };
  const costs: number[] = [];
  for (let spent = 0; spent < milliseconds; ) {
    const { cpuMs } = await runRound(Array.from({ length: ROUND }), once);
    costs.push(cpuMs);
    spent += cpuMs * ROUND;
  }
  return quantile(costs, LOW);
}

const [tee, milliseconds] = process.argv.slice(2);
if (tee !== 'snp' && tee !== 'tdx') throw new RangeError(`snp or tdx, not ${tee}`);
await openCrypto(process.env.ASSAY_CRYPTO === 'native' ? 'native' : 'node', SILENCE);
const subject = subjectOf(tee);
if (subject === null) throw new Error('there is no genuine evidence: ASSAY_VECTORS');
const cold = await measure(subject, Number(milliseconds), forgetVerifiedSignatures);
const warm = await measure(subject, Number(milliseconds), () => {});
console.log(JSON.stringify({ warm, cold }));
