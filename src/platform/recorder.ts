/** Metric and log line of every request to the use cases, whatever way it ended. */
import { refusalEntry, type Stage } from '../rats/refusal.js';
import type { Act, Ending, Recorder, Recording } from '../verifier/record.js';
import { type Stopwatch, startStopwatch } from './clock.js';
import type { Log } from './log.js';
import type { Metrics } from './metrics.js';

/** What the label `tee` says of evidence that was never recognised. */
const UNRECOGNISED = 'unknown';

export function createRecorder(metrics: Metrics, log: Log): Recorder {
  return {
    begin: (act, tenant) => new Entry(act, tenant, metrics, log),
    tokenIssued: (profile, alg) => metrics.token(profile, alg),
  };
}

class Entry implements Recording {
  private tee = UNRECOGNISED;
  private tcbStatus: string | null = null;
  private stage: Stage = 'request';
  private watch: Stopwatch = startStopwatch();
  private readonly total: Stopwatch = startStopwatch();
  private readonly spent = new Map<Stage, number>();

  constructor(
    private readonly act: Act,
    private readonly tenant: string,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {}

  entered(stage: Stage): void {
    this.spent.set(this.stage, (this.spent.get(this.stage) ?? 0) + this.watch());
    this.stage = stage;
    this.watch = startStopwatch();
  }

  recognised(tee: string): void {
    this.tee = tee;
  }

  assessed(tcb: { readonly status: string }): void {
    this.tcbStatus = tcb.status;
  }

  ended({ code, decision }: Ending): void {
    this.entered(this.stage);
    const outcome = code === null ? 'ok' : refusalEntry(code).class;
    if (this.tcbStatus !== null) this.metrics.tcbStatus(this.tee, this.tcbStatus);
    if (this.act === 'challenge') this.metrics.challenge(outcome);
    if (this.act === 'attest') {
      this.metrics.attest({ tee: this.tee, outcome, code: code ?? '' });
      for (const [stage, seconds] of this.spent) this.metrics.attestStage(this.tee, stage, seconds);
    }
    this.log.info(
      { act: this.act, tenant: this.tenant, tee: this.tee, outcome, code, decision, seconds: this.total() },
      'answered',
    );
  }
}
