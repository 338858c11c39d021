/** Composes and listens: the service of one process. */
import { compose, type World } from './compose.js';
import type { Config } from './config.js';
import { listen } from './http/server.js';
import { systemClock } from './platform/clock.js';
import { SILENCE } from './platform/log.js';
import { readTlsPair } from './platform/tls-files.js';
import { renewTls, type TlsRenewal } from './platform/tls-renewal.js';
import type { Membership } from './workers/membership.js';

export interface Service {
  /** Where it answers on this machine. */
  readonly url: string;
  /** Looks at the TLS files now; what is wrong with them is logged. */
  reloadTls(): Promise<void>;
  /** For a replica behind a proxy: not ready at once, serves on until proxies have noticed, then closes. */
  drain(): Promise<void>;
  /** Takes nothing more, lets requests finish for a while. */
  close(): Promise<void>;
}

/** `member`: ties to other processes that serve the same addresses. */
export async function startService(
  config: Config,
  world: World = {},
  member: Membership | null = null,
): Promise<Service> {
  const tls = config.tls === null ? null : await readTlsPair(config.tls);
  let renewal: TlsRenewal | null = null;
  const tlsExpiresAt = (): Date | null => renewal?.expiresAt ?? tls?.expiresAt ?? null;
  const composed = await compose(config, world, { member, tlsExpiresAt });
  // Of several processes one says what is the same for all.
  const said = member === null || member.lead ? composed.log : SILENCE;
  if (config.unknownNames.length > 0) {
    said.warn({ names: config.unknownNames }, 'these look like settings and are none');
  }
  try {
    const listening = await listen(composed.app, {
      addresses: config.listen,
      tls,
      log: said,
      trustedProxies: config.trustedProxies,
    });
    if (member === null) said.info({ url: listening.url, issuer: config.issuer }, 'listening');
    renewal = renewTls(config.tls, tls, {
      apply: (pair) => listening.renewTls(pair),
      clock: world.clock ?? systemClock,
      log: composed.log,
    });
    return {
      url: listening.url,
      reloadTls: async () => renewal?.reload(),
      async drain() {
        await renewal?.stop();
        composed.leave();
        await listening.drain();
        await composed.close();
      },
      async close() {
        await renewal?.stop();
        await listening.close();
        await composed.close();
      },
    };
  } catch (error) {
    await composed.close();
    throw error;
  }
}
