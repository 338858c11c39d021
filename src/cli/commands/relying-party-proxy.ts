/** `assay relying-party proxy`: token and proof are demanded in front of a broker that only knows bearer tokens. */
import type { Command } from 'commander';
import { isLoopback, requireBaseUrl } from '../../client/base-url.js';
import { createTokenVerifier, TokenRefused, type TokenVerifier } from '../../client/index.js';
import { type RunningProxy, startProxy } from '../../client/proxy/proxy.js';
import { reasonOf, systemCodeOf } from '../../platform/file-access.js';
import { createLog, type Log } from '../../platform/log.js';
import { UsageMistake } from '../exit.js';
import type { CommandLine, Terminal } from '../terminal.js';
import {
  addExpectations,
  type ExpectationFlags,
  expectationsOf,
  inUsageWords,
} from '../token-expectations.js';

interface ProxyFlags extends ExpectationFlags {
  readonly issuer: string;
  readonly audience: string;
  readonly upstream: string;
  readonly listen: string;
  readonly publicUrl?: string;
}

export function addProxy(group: Command, { terminal }: CommandLine): void {
  const command = group
    .command('proxy')
    .description(
      'demand token and proof of possession, and pass requests on with the token as a bearer token',
    )
    .requiredOption('--issuer <url>', 'issuer of the tokens')
    .requiredOption('--audience <name>', 'what the broker is called in `aud`')
    .requiredOption('--upstream <url>', 'the broker: https, or http on a loopback address')
    .requiredOption('--listen <host:port>', 'where callers connect; TLS is for what stands in front')
    .option(
      '--public-url <url>',
      'how callers reach the proxy, which their proofs name (default: where it listens)',
    )
    .option('--workload <name...>', 'workloads that are served (default: all that the issuer allows)');
  addExpectations(command).action((flags: ProxyFlags) => serve(flags, terminal));
}

async function serve(flags: ProxyFlags, terminal: Terminal): Promise<void> {
  const interrupted = terminal.interrupted();
  const log = createLog({ write: (text) => terminal.err(text.trimEnd()) });
  const verifier = verifierOf(flags);
  await loadKeys(verifier, log);
  const proxy = await listen(flags, verifier, log);
  terminal.out(`listening on ${proxy.url}, before ${flags.upstream}`);
  await interrupted;
  await proxy.close();
  terminal.out('stopped');
}

function verifierOf(flags: ProxyFlags): TokenVerifier {
  const { issuer, audience } = flags;
  const expected = expectationsOf(flags);
  return inUsageWords(() => {
    requireBaseUrl(issuer, '--issuer');
    return createTokenVerifier({ issuer, audience, ...expected });
  });
}

/** A mistake in the issuer's address shows now. An issuer that is away comes back: until then requests are undecided. */
async function loadKeys(verifier: TokenVerifier, log: Log): Promise<void> {
  try {
    await verifier.loadKeys();
  } catch (error) {
    if (!(error instanceof TokenRefused)) throw error;
    log.warn({ code: error.code, why: error.message }, 'no keys yet');
  }
}

async function listen(flags: ProxyFlags, verifier: TokenVerifier, log: Log): Promise<RunningProxy> {
  const { upstream, publicUrl = null } = flags;
  const address = addressOf(flags.listen);
  if (publicUrl === null && !isLoopback(address.host)) {
    throw new UsageMistake(
      'Off loopback say by --public-url how callers reach the proxy: their proofs name that address.',
    );
  }
  inUsageWords(() => requireBaseUrl(upstream, '--upstream'));
  if (publicUrl !== null) inUsageWords(() => requireBaseUrl(publicUrl, '--public-url'));
  try {
    return await startProxy({ verifier, upstream, publicUrl, listen: address, log });
  } catch (error) {
    if (systemCodeOf(error) === null) throw error;
    throw new UsageMistake(`--listen cannot listen there: ${reasonOf(error)}.`);
  }
}

function addressOf(listen: string): { readonly host: string; readonly port: number } {
  const [, bracketed, name, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/u.exec(listen) ?? [];
  const host = bracketed ?? name;
  const port = Number(digits);
  if (host === undefined || port > 65_535) {
    throw new UsageMistake('--listen takes HOST:PORT, such as 127.0.0.1:8091 or [::1]:8091.');
  }
  return { host, port };
}
