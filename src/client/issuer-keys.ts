/**
 * The keys of one issuer, kept in memory within stated limits: asked for anew every five minutes, believed for a day
 * while the issuer does not answer, and asked for out of turn when a token names a key that nobody knows.
 */
import { IssuerFault, type IssuerKey, type IssuerKeys } from './discovery.js';
import { refuseToken } from './refused.js';

/** Milliseconds; docs/clients.md names these figures. */
export const KEY_TIMES = {
  /** So long no question is asked. A key that was removed in an emergency is believed no longer than this. */
  fresh: 5 * 60_000,
  /** So long keys serve on while the issuer does not answer. */
  stale: 24 * 3_600_000,
  /** Between two questions to an issuer that does not answer. */
  retry: 5_000,
  /** Between two questions because of a key id that is not there: anybody can make up one. */
  unknown: 30_000,
} as const;

export interface KeySource {
  /** The key of that id. Throws TokenRefused: `token_key_unknown`, or `issuer_unreachable` where nobody can tell. */
  keyOf(kid: string): Promise<IssuerKey>;
  /** Asks the issuer unless its keys are fresh. Throws TokenRefused `issuer_unreachable` when there are none to use. */
  load(): Promise<void>;
}

interface Kept {
  readonly keys: IssuerKeys;
  /** Milliseconds since 1970, as everything below. */
  readonly fetchedAt: number;
}

/** `fetchKeys` throws IssuerFault. */
export function keepIssuerKeys(fetchKeys: () => Promise<IssuerKeys>, now: () => Date): KeySource {
  let kept: Kept | null = null;
  /** The end of the last question: one to an issuer that is silent takes a while itself. */
  let askedAt: number | null = null;
  let fault: string | null = null;
  let flight: Promise<void> | null = null;

  async function ask(): Promise<void> {
    const at = now().getTime();
    try {
      kept = { keys: await fetchKeys(), fetchedAt: at };
      fault = null;
    } catch (error) {
      if (!(error instanceof IssuerFault)) throw error;
      fault = error.message;
    } finally {
      askedAt = now().getTime();
    }
  }

  /** All who need keys wait for one question. */
  function askTogether(): Promise<void> {
    flight ??= ask().finally(() => {
      flight = null;
    });
    return flight;
  }

  /** True where the last question is so long ago; a clock that was set back does not stop questions. */
  const restedFor = (milliseconds: number): boolean =>
    askedAt === null || !isWithin(askedAt, now().getTime(), milliseconds);

  /** Keys that may be used, or null. */
  const usable = (): IssuerKeys | null =>
    kept !== null && isWithin(kept.fetchedAt, now().getTime(), KEY_TIMES.stale) ? kept.keys : null;

  /**
   * Asks when it is time. The first question after keys were fresh is waited for, since one of them may have been removed. While
   * the issuer fails, those who can be served from what is kept no longer wait: the answer is for those after them. A failure
   * that is long past says nothing of now.
   */
  async function refresh(served: boolean): Promise<void> {
    const fresh = kept !== null && isWithin(kept.fetchedAt, now().getTime(), KEY_TIMES.fresh);
    if (fresh || (flight === null && !restedFor(KEY_TIMES.retry))) return;
    const failing = fault !== null && !restedFor(KEY_TIMES.fresh);
    const question = askTogether();
    if (!failing || !served) return question;
    // What is no fault of the issuer is met by whoever asks and waits.
    question.catch(() => undefined);
  }

  async function current(kid?: string): Promise<IssuerKeys> {
    const before = usable();
    await refresh(kid !== undefined && before?.has(kid) === true);
    return usable() ?? refuseUnreachable(fault);
  }

  return {
    async keyOf(kid) {
      const known = (await current(kid)).get(kid);
      if (known !== undefined) return known;
      if (flight !== null || restedFor(KEY_TIMES.unknown)) await askTogether();
      const found = (await current()).get(kid);
      if (found !== undefined) return found;
      if (fault !== null) return refuseUnreachable(fault);
      return refuseToken('token_key_unknown', 'The issuer publishes no key of the id that the token names.');
    },
    async load() {
      await current();
    },
  };
}

function isWithin(since: number, now: number, milliseconds: number): boolean {
  return now >= since && now - since < milliseconds;
}

function refuseUnreachable(fault: string | null): never {
  return refuseToken(
    'issuer_unreachable',
    `The keys of the issuer cannot be had: ${fault ?? 'those kept are too old'}.`,
  );
}
