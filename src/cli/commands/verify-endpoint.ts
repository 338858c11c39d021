/** `assay relying-party verify-endpoint`: is the TLS key at an address that of an attested workload? */
import type { Command } from 'commander';
import { requireBaseUrl } from '../../client/base-url.js';
import {
  type AttestedEndpoint,
  createEndpointVerifier,
  type RefusalKind,
  TokenRefused,
} from '../../client/index.js';
import { EXIT, type ExitCode } from '../exit.js';
import { readBytes } from '../files.js';
import { printJson } from '../print.js';
import { endpointJson, refusalJson, renderEndpoint, renderRefusedEndpoint } from '../render/endpoint.js';
import type { CommandLine } from '../terminal.js';
import {
  addExpectations,
  type ExpectationFlags,
  expectationsOf,
  inUsageWords,
} from '../token-expectations.js';

interface EndpointFlags extends ExpectationFlags {
  readonly issuer: string;
  readonly audience: string;
  readonly workload: readonly string[];
  readonly ca?: string;
  readonly json?: true;
}

/** Who said no, as an exit code of `assay verify`. */
const EXITS: Readonly<Record<RefusalKind, ExitCode>> = {
  absent: EXIT.refused,
  refused: EXIT.refused,
  unwanted: EXIT.contraindicated,
  undecided: EXIT.undecided,
  request: EXIT.usage,
  upstream: EXIT.undecided,
};

export function addVerifyEndpoint(group: Command, line: CommandLine): void {
  const command = group
    .command('verify-endpoint <url>')
    .description(
      'check, before anything is sent there, that the TLS key of an endpoint belongs to an attested workload',
    )
    .requiredOption('--issuer <url>', 'issuer of the tokens')
    .requiredOption('--audience <name>', 'audience of the token that the endpoint serves')
    .requiredOption('--workload <name...>', 'workloads that may serve the endpoint')
    .option('--ca <file>', 'trust these authorities (PEM) for the certificate of the endpoint');
  addExpectations(command)
    .option('--json', 'print one JSON object')
    .action(async (url: string, flags: EndpointFlags) => {
      line.exitCode = await verify(url.replace(/\/$/u, ''), flags, line);
    });
}

async function verify(url: string, flags: EndpointFlags, { terminal }: CommandLine): Promise<ExitCode> {
  const { issuer, audience, workload, ca, json } = flags;
  const expected = expectationsOf(flags);
  const authorities = ca === undefined ? {} : { ca: Buffer.from(await readBytes(ca)).toString('latin1') };
  const verifier = inUsageWords(() => {
    requireBaseUrl(issuer, '--issuer');
    requireOrigin(url);
    return createEndpointVerifier({ issuer, audience, ...expected, workload, ...authorities });
  });
  let endpoint: AttestedEndpoint;
  try {
    endpoint = await verifier.verify(url);
  } catch (error) {
    if (!(error instanceof TokenRefused)) throw error;
    if (json === true) printJson(terminal, refusalJson(url, error));
    else for (const text of renderRefusedEndpoint(url, error, terminal.colours)) terminal.err(text);
    return EXITS[error.kind];
  }
  if (json === true) printJson(terminal, endpointJson(endpoint));
  else for (const text of renderEndpoint(endpoint, ca ?? null, terminal.colours)) terminal.out(text);
  return endpoint.token.status === 'warning' ? EXIT.warning : EXIT.affirming;
}

function requireOrigin(url: string): void {
  if (!URL.canParse(url) || new URL(url).origin !== url || !url.startsWith('https:')) {
    throw new TypeError('The endpoint is named by its origin, such as https://model.example.');
  }
}
