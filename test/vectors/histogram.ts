/** What the exhaustive tests share: one bit turned, what was said to it, and how often each thing was said. */
import { loadPinnedAnchors } from '../../src/platform/pinned-anchors.js';
import type { EndorsementSet, TrustAnchors } from '../../src/rats/endorsement.js';
import { isRefusalCode, type RefusalCode, RefusalError } from '../../src/rats/refusal.js';
import { parseEvidence } from '../../src/tee/registry.js';
import { NO_DEMANDS } from '../tee/context.js';

/** Evidence with all that goes with it. */
export interface Case {
  readonly type: 'sev-snp' | 'tdx';
  readonly evidence: Uint8Array;
  /** Beside the evidence. */
  readonly certificates: readonly Uint8Array[];
  readonly endorsements: EndorsementSet;
  readonly at: Date;
  readonly revocation: 'required' | 'best-effort';
}

let pinned: TrustAnchors | null = null;

/** `authentic`, or the code that said no; anything that is not a refusal is a crash and fails the test. */
export async function answerTo(given: Case, anchors?: TrustAnchors): Promise<string> {
  const { type, evidence, certificates, endorsements, at, revocation } = given;
  pinned ??= loadPinnedAnchors();
  try {
    const result = await parseEvidence(type, evidence, certificates).authenticate({
      endorsements,
      anchors: anchors ?? pinned,
      at,
      revocation,
      demands: NO_DEMANDS,
    });
    return result.kind === 'authentic' ? 'authentic' : result.refusal.code;
  } catch (error) {
    if (error instanceof RefusalError) return error.refusal.code;
    throw error;
  }
}

/** A copy with one bit turned; by default another one from byte to byte. */
export function flipped(bytes: Uint8Array, index: number, bit = index % 8): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[index] = (copy[index] ?? 0) ^ (1 << bit);
  return copy;
}

/** Counts by code, printed at the end so that a log shows how much was tried and what said no. */
export class Histogram {
  private readonly counts = new Map<string, number>();
  constructor(private readonly name: string) {}
  add(code: string): void {
    this.counts.set(code, (this.counts.get(code) ?? 0) + 1);
  }
  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }
  count(code: string): number {
    return this.counts.get(code) ?? 0;
  }
  codes(): readonly RefusalCode[] {
    return [...this.counts.keys()].filter(isRefusalCode);
  }
  print(): void {
    const lines = [...this.counts].sort((a, b) => b[1] - a[1]).map(([code, count]) => `    ${count} ${code}`);
    process.stdout.write(
      `[exhaustive] ${this.name}: ${this.total} tried, ${this.count('authentic')} accepted\n${lines.join('\n')}\n`,
    );
  }
}
