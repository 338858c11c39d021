/** One simulated vendor per test process, with small keys: minting is most of its cost. */
import { mintVendor, type SimulatedAmd } from '../src/simulator/index.js';

/** The instant that the shared vendor is minted for. */
export const SIMULATED_AT = new Date('2026-11-20T12:00:00Z');

let vendor: Promise<SimulatedAmd> | null = null;

export function simulatedVendor(): Promise<SimulatedAmd> {
  vendor ??= mintVendor({ at: SIMULATED_AT, rsaBits: 2048 });
  return vendor;
}
