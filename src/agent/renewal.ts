/** The agent’s days: the first token, renewal in time, and what happens when it does not come. */
import { readFile } from 'node:fs/promises';
import { reasonOf } from '../platform/file-access.js';
import type { AgentOptions } from './arguments.js';
import { type AttestationParts, attest } from './attestation.js';
import { pauseForRenewal, pauseForService } from './backoff.js';
import { AgentFailed, EXIT, failUsage, TryAgain } from './ending.js';
import { createExchange } from './exchange.js';
import type { AttesterKeys, HeldToken } from './held-token.js';
import { runHook } from './hook.js';
import { openSocket } from './local-socket.js';
import type { AgentLog } from './log.js';
import { makeKey, openKeyFile } from './private-key.js';
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
  const keeper = new Keeper({ options, keys, exchange, world, log });
  const { socket: path, owner } = options;
  const socket =
    path === null
      ? null
      : await openSocket({ path, owner, key: keys.sig, token: () => keeper.current(), now: world.now });
  try {
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

async function openKeys({ withKey, keyFile, encKeyFile }: AgentOptions): Promise<AttesterKeys> {
  if (!withKey) return { sig: null, enc: null };
  const sig = keyFile === null ? await makeKey('sig') : await openKeyFile(keyFile, 'sig');
  const enc = encKeyFile === null ? null : await openKeyFile(encKeyFile, 'enc');
  if (enc?.thumbprint === sig.thumbprint)
    failUsage('--key-file and --enc-key-file are one key: each use has its own');
  return { sig, enc };
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
  private readonly file: TokenFile | null;

  constructor(private readonly parts: AttestationParts) {
    const { tokenFile, owner } = parts.options;
    this.file = tokenFile === null ? null : openTokenFile(tokenFile, owner);
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
        const pause = pauseForService(failures, world.random(), error.retryAfter);
        if (world.now().getTime() + pause > giveUpAt) {
          throw new AgentFailed(`given up: ${error.message}`, EXIT.undecided, {
            ...error.facts,
            tries: failures,
          });
        }
        log.warn(error.message, { ...error.facts, tries: failures, pause_ms: pause });
        await world.sleep(pause);
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

  async withdraw(): Promise<void> {
    this.callOff();
    this.held = null;
    await this.file?.remove();
  }

  /** Its life is over, whatever is under way: an exchange, the command, a pause. */
  private async end(): Promise<void> {
    const { log } = this.parts;
    log.error('the token has ended, and there is no other');
    try {
      await this.withdraw();
    } catch (error) {
      log.error(`the token cannot be taken away: ${reasonOf(error)}`);
    }
  }

  private hold(held: HeldToken): void {
    this.callOff();
    this.held = held;
    // The token of `--once` is left for whoever started the agent.
    if (!this.parts.options.once) {
      this.callOff = this.parts.world.alarm(held.expiresAt, () => this.end());
    }
  }

  private async handOut(held: HeldToken): Promise<HeldToken> {
    const { options, world, log } = this.parts;
    await this.file?.write(held.token);
    if (options.once && this.file === null) world.out(held.token);
    this.hold(held);
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
