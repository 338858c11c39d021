/** One simulated vendor of each kind per test process; AMD's with small keys: minting is most of its cost. */
import { mintIntel, mintVendor, type SimulatedAmd, type SimulatedIntel } from '../src/simulator/index.js';

/** The instant that the shared vendors are minted for. */
export const SIMULATED_AT = new Date('2026-11-20T12:00:00Z');

let vendor: Promise<SimulatedAmd> | null = null;
let intel: Promise<SimulatedIntel> | null = null;

export function simulatedVendor(): Promise<SimulatedAmd> {
  vendor ??= mintVendor({ at: SIMULATED_AT, rsaBits: 2048 });
  return vendor;
}

export function simulatedIntel(): Promise<SimulatedIntel> {
  intel ??= mintIntel({ at: SIMULATED_AT });
  return intel;
}
