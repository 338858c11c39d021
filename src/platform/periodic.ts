/** Housekeeping at intervals: one run at a time, a failure is logged and the next run tries again. */
import { faultFields, type Log } from './log.js';

export interface Periodic {
  /** Ends the series and waits for a run that is under way. */
  stop(): Promise<void>;
}

export function runEvery(seconds: number, name: string, work: () => Promise<void>, log: Log): Periodic {
  let running: Promise<void> | null = null;
  const run = async (): Promise<void> => {
    try {
      await work();
    } catch (error) {
      log.warn({ task: name, ...faultFields(error) }, 'housekeeping failed');
    } finally {
      running = null;
    }
  };
  const timer = setInterval(() => {
    running ??= run();
  }, seconds * 1000);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
