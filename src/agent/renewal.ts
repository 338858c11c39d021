/** The agent’s days: the first token, renewal in time, and what happens when it does not come. */
import { readFile } from 'node:fs/promises';
import { reasonOf } from '../platform/file-access.js';
import { endpointDocument } from '../rats/endpoint-document.js';
import type { AgentOptions } from './arguments.js';
import { type AttestationParts, attest } from './attestation.js';
import { openKeys } from './attester-keys.js';
import { pauseForRenewal, pauseForService } from './backoff.js';
import { AgentFailed, EXIT, failUsage, TryAgain } from './ending.js';
import { createExchange } from './exchange.js';
import { endOf, endOfDocument, type HeldToken } from './held-token.js';
import { runHook } from './hook.js';
import { openSocket } from './local-socket.js';
import type { AgentLog } from './log.js';
import { openTokenFile, type TokenFile } from './token-file.js';
import type { AgentWorld } from './world.js';

/**
 * Works until the first token (`--once`), until asked to stop, or until no token is to be had: throws AgentFailed then.
 * Only the token of `--once` outlives the agent: what nobody renews is taken away.
 */
export async function keepToken(options: AgentOptions, world: AgentWorld, log: AgentLog): Promise<void> {
  const keys = await openKeys(options);
  const authorities = options.caFile === null ? null : await readAuthorities(options.caFile);
  const exchange = createExchange({ authorities, stop: world.stop });
  const { socket: path, owner } = options;
  const keeper = new Keeper({ options, keys, exchange, world, log }, await openPlaces(options));
  const socket =
    path === null
      ? null
      : await openSocket({ path, owner, key: keys.own, token: () => keeper.current(), now: world.now });
  try {
    await keeper.takeOver();
    await (options.once ? keeper.obtain() : keeper.keep());
  } catch (error) {
    // Whatever was under way when the agent was asked to stop was cut short.
    if (!world.stop.aborted) throw error;
    if (options.once) throw new AgentFailed('asked to stop before there was a token', EXIT.undecided);
  } finally {
    await socket?.close();
    if (!options.once) await keeper.withdraw();
  }
}

/** A file that has the token in it, in a form. */
interface Place {
  readonly file: TokenFile;
  form(token: string): string;
  endOf: typeof endOf;
}

async function openPlaces({ tokenFile, endpointFile, owner }: AgentOptions): Promise<readonly Place[]> {
  const places: Place[] = [];
  if (tokenFile !== null) {
    places.push({ file: await openTokenFile(tokenFile, owner), form: (token) => token, endOf });
  }
  if (endpointFile !== null) {
    const file = await openTokenFile(endpointFile, owner);
    places.push({ file, form: endpointDocument, endOf: endOfDocument });
  }
  return places;
}

async function readAuthorities(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    return failUsage(`${path} cannot be read: ${reasonOf(error)}`);
  }
}

class Keeper {
  private held: HeldToken | null = null;
  /** Calls off what happens at the end of the token that is held. */
  private callOff: () => void = () => undefined;

  constructor(
    private readonly parts: AttestationParts,
    private readonly places: readonly Place[],
  ) {}

  /**
   * A token that an agent before this one left is taken away when it ends, at once if it has ended: that agent was killed, and
   * nobody else does it. What is no token for this audience was put there by somebody else, and stays until ours replaces it.
   */
  async takeOver(): Promise<void> {
    const { options, world, log } = this.parts;
    const ends = await Promise.all(
      this.places.map(({ file, endOf }) => file.adopt((text) => endOf(text, options))),
    );
    const left = ends.flatMap((end) => (end === null ? [] : [end.getTime()]));
    if (left.length === 0) return;
    const end = new Date(Math.min(...left));
    if (end > world.now()) return this.watch(end);
    log.info('a token that has ended was left here, and is taken away', { expired_at: end.toISOString() });
    await this.withdraw();
  }

  /** The token while it lives. */
  current(): HeldToken | null {
    return this.isAlive(this.held) ? this.held : null;
  }

  async keep(): Promise<never> {
    const { world } = this.parts;
    for (;;) {
      const { lifetime, expiresAt } = await this.obtain();
      // Counted from when its life began: request and command have taken some of it.
      const begun = expiresAt.getTime() - lifetime * 1_000;
      const renewal = begun + pauseForRenewal(lifetime, world.random());
      await world.sleep(Math.max(0, renewal - world.now().getTime()));
    }
  }

  /** A fresh token, handed out. Throws AgentFailed when there will be none before the deadline. */
  async obtain(): Promise<HeldToken> {
    const { world, log } = this.parts;
    const giveUpAt = this.deadlineFromNow();
    for (let failures = 1; ; failures += 1) {
      try {
        return await this.handOut(await attest(this.parts));
      } catch (error) {
        if (!(error instanceof TryAgain) || world.stop.aborted) throw error;
        const asked = pauseForService(failures, world.random(), error.retryAfter);
        const pause = Math.min(asked, Math.max(0, giveUpAt - world.now().getTime()));
        log.warn(error.message, { ...error.facts, tries: failures, pause_ms: pause });
        await world.sleep(pause);
        // The end of the deadline is no reason to ask sooner: whoever starts the agent anew would ask again at once.
        if (pause < asked) {
          throw new AgentFailed(`given up: ${error.message}`, EXIT.undecided, {
            ...error.facts,
            tries: failures,
          });
        }
      }
    }
  }

  /** From when there is no token: now, or when the one that is held ends. */
  private deadlineFromNow(): number {
    const without = this.current()?.expiresAt ?? this.parts.world.now();
    return without.getTime() + this.parts.options.deadline * 1_000;
  }

  private isAlive(held: HeldToken | null): boolean {
    return held !== null && held.expiresAt > this.parts.world.now();
  }

  /** Never throws: what went wrong before says more. */
  async withdraw(): Promise<void> {
    this.callOff();
    this.held = null;
    for (const { file } of this.places) {
      try {
        await file.remove();
      } catch (error) {
        this.parts.log.error(`the token cannot be taken away: ${reasonOf(error)}`);
      }
    }
  }

  /** Its life is over, whatever is under way: an exchange, the command, a pause. */
  private async end(): Promise<void> {
    this.parts.log.error('the token has ended, and there is no other');
    await this.withdraw();
  }

  private watch(end: Date): void {
    this.callOff();
    // The token of `--once` is left for whoever started the agent.
    if (!this.parts.options.once) this.callOff = this.parts.world.alarm(end, () => this.end());
  }

  private async handOut(held: HeldToken): Promise<HeldToken> {
    const { options, world, log } = this.parts;
    for (const { file, form } of this.places) await file.write(form(held.token));
    if (options.once && this.places.length === 0) world.out(held.token);
    this.held = held;
    this.watch(held.expiresAt);
    log.info('token', {
      workload: held.workload,
      decision: held.decision,
      expires_at: held.expiresAt.toISOString(),
    });
    if (options.exec !== null) await this.notify(options.exec);
    return held;
  }

  private async notify(command: string): Promise<void> {
    const { options, world, log } = this.parts;
    const { tokenFile } = options;
    const failure = await runHook({ command, tokenFile, stop: world.stop });
    if (failure === null || world.stop.aborted) return;
    const message = `the command of --exec failed: ${failure}`;
    // Nobody else would tell whoever started the agent for one token.
    if (options.once) failUsage(message);
    log.warn(message);
  }
}
