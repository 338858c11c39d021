// What a token costs over HTTP, by database and TEE; memory before and after.
import { rssOf } from './processes.mjs';
import { openService } from './service.mjs';
import { runTokenRound, tokenCostOf, warmUp } from './tokens.mjs';

/**
 * `server`: PostgreSQL, or null where it is not installed. `crypto`: who verifies; by the addon it is measured on
 * PostgreSQL alone.
 */
export async function measureHttp({ server, size, say, crypto = 'node' }) {
  const measured = {};
  if (server !== null) {
    const { url } = await server.makeDatabase();
    measured.postgres = await measureEngine({
      ...{ databaseUrl: url, databasePid: server.pid },
      ...{ size, say, crypto },
    });
  }
  if (crypto === 'native') return measured;
  measured.pglite = await measureEngine({ databaseUrl: null, databasePid: null, size, say, crypto });
  return measured;
}

async function measureEngine({ databaseUrl, databasePid, size, say, crypto }) {
  const engine = databaseUrl === null ? 'pglite' : 'postgres';
  const told = crypto === 'native' ? `${engine}, native` : engine;
  say(`tokens over HTTP, ${told}`);
  const service = await openService({ databaseUrl, settings: { ASSAY_CRYPTO: crypto } });
  try {
    const meters = { pid: service.pid, databasePid };
    const atStart = rssOf(service.pid);
    const measured = {};
    for (const [tee, mints] of Object.entries(service.guests)) {
      measured[tee] = {
        known: await measureTokens(service, mints.known, size, meters),
        fresh: await measureTokens(
          service,
          mints.fresh,
          { ...size, rounds: 2, warmUp: Math.min(50, size.warmUp) },
          meters,
        ),
      };
      say(`tokens over HTTP, ${told}, ${tee}: ${measured[tee].known.cpuMs.toFixed(3)} ms`);
    }
    return { ...measured, rss: { atStart, afterLoad: rssOf(service.pid) } };
  } finally {
    await service.stop();
  }
}

async function measureTokens(service, mint, { rounds, count, warmUp: before }, meters) {
  await warmUp(service, mint, before, meters);
  const taken = [];
  for (let index = 0; index < rounds; index += 1)
    taken.push(await runTokenRound(service, mint, count, meters));
  return tokenCostOf(taken, count);
}
