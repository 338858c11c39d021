/** The agent’s command line: options, what they mean, and which go together. */
import { parseArgs } from 'node:util';
import { systemCodeOf } from '../platform/file-access.js';
import { failUsage } from './ending.js';

export const TSM_ROOT = '/sys/kernel/config/tsm/report';

export interface AgentOptions {
  /** Base of the requests, no slash at the end. */
  readonly server: string;
  /** Issuer that the evidence is bound to. */
  readonly issuer: string;
  readonly audience: string;
  readonly workload: string | null;
  readonly caFile: string | null;
  /** False: binding raw-nonce, and a token that is bound to no key. */
  readonly withKey: boolean;
  /** Null: the key is made at start and stays in memory. */
  readonly keyFile: string | null;
  /** The public half of a key that somebody else holds; null: the agent has the key. */
  readonly publicKeyFile: string | null;
  readonly encKeyFile: string | null;
  /** The document that a TLS server with that key serves. */
  readonly endpointFile: string | null;
  readonly tokenFile: string | null;
  readonly socket: string | null;
  /** Whose the files and the socket are; null: the agent’s own user. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
  readonly exec: string | null;
  readonly once: boolean;
  /** Seconds without a token after which the agent gives up. */
  readonly deadline: number;
  readonly eventLog: string | null;
  readonly tsmRoot: string;
}

export const HELP = `Usage: assay agent --server URL --audience NAME [options]

Gets a token for this confidential guest and keeps it fresh: takes a challenge, has the processor sign it together with
the agent's key (configfs-tsm: SEV-SNP or TDX), sends the evidence, hands the token out, and renews it in time.

  --server URL         issuer: https://attest.example, or https://attest.example/t/TENANT
  --issuer URL         the issuer's own name, where --server reaches it under another
  --audience NAME      whom the token is for
  --workload NAME      which workload this is, where the audience has several that match
  --ca-file FILE       trust these authorities (PEM) instead of those that Node knows

  --key-file FILE      P-256 key (PKCS #8, PEM) that the token is bound to; made with mode 0600 when there is none.
                       Without it the key is made at each start and never leaves the agent's memory
  --public-key-file FILE
                       bind the token to a key that somebody else holds, as a TLS server does: its certificate signing
                       request, certificate or public key (PEM or DER), read again for each token
  --no-key             bind to no key (raw-nonce): whoever reads the token can use it
  --enc-key-file FILE  P-256 key for what is encrypted to this guest; made with mode 0600 when there is none

  --token-file FILE    write the token there, mode 0600, whole or not at all; gone when the agent ends or the token does
  --socket PATH        serve it there, mode 0600: GET /token, and POST /proof {"method","url"} for a DPoP proof
  --endpoint-file FILE write the document that a TLS server with the key serves as /.well-known/assay-endpoint
  --owner UID[:GID]    whose these files and the socket are
  --exec COMMAND       sh runs COMMAND after each renewal, with the token's file as $1
  --once               end with the first token; without --token-file it goes to standard output

  --deadline SECONDS   give up when there is no token for so long (default 300)
  --event-log FILE     send this CC event log with the evidence (TDX: /sys/firmware/acpi/tables/data/CCEL)
  --tsm DIR            where configfs-tsm is (default ${TSM_ROOT})

exit codes, as those of assay verify:
  0  the token was handed out (--once), or the agent was asked to stop
  1  refused: the evidence is not genuine, not fresh, or not for this challenge
  2  usage: options, files, the form of the request, or this machine has no evidence to give
  3  genuine, and not what the audience wants
  4  undecided: no answer, the service lacks what it needs to decide, or there is no configfs-tsm, until the deadline
`;

const FLAGS = {
  server: { type: 'string' },
  issuer: { type: 'string' },
  audience: { type: 'string' },
  workload: { type: 'string' },
  'ca-file': { type: 'string' },
  'key-file': { type: 'string' },
  'public-key-file': { type: 'string' },
  'no-key': { type: 'boolean' },
  'enc-key-file': { type: 'string' },
  'endpoint-file': { type: 'string' },
  'token-file': { type: 'string' },
  socket: { type: 'string' },
  owner: { type: 'string' },
  exec: { type: 'string' },
  once: { type: 'boolean' },
  deadline: { type: 'string' },
  'event-log': { type: 'string' },
  tsm: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Null when help is asked for. Throws AgentFailed (usage), saying what to change. */
export function readArguments(args: readonly string[]): AgentOptions | null {
  const flags = parse(args);
  if (flags.help === true) return null;
  const server = issuerUrl(
    flags.server ?? failUsage('--server is required: the issuer of the tokens'),
    '--server',
  );
  const options: AgentOptions = {
    server,
    issuer: flags.issuer === undefined ? server : issuerUrl(flags.issuer, '--issuer'),
    audience: flags.audience || failUsage('--audience is required: whom the token is for'),
    workload: flags.workload ?? null,
    caFile: flags['ca-file'] ?? null,
    withKey: flags['no-key'] !== true,
    keyFile: flags['key-file'] ?? null,
    publicKeyFile: flags['public-key-file'] ?? null,
    encKeyFile: flags['enc-key-file'] ?? null,
    endpointFile: flags['endpoint-file'] ?? null,
    tokenFile: flags['token-file'] ?? null,
    socket: flags.socket ?? null,
    owner: flags.owner === undefined ? null : ownerOf(flags.owner),
    exec: flags.exec ?? null,
    once: flags.once === true,
    deadline: secondsOf(flags.deadline ?? '300'),
    eventLog: flags['event-log'] ?? null,
    tsmRoot: flags.tsm ?? TSM_ROOT,
  };
  requireSense(options);
  return options;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const words = mistakeOf(error);
    if (words === null) throw error;
    return failUsage(`${words} (--help lists the options)`);
  }
}

/** In Node’s words, the first sentence of them: the rest explains how to pass what no option takes. Null: no mistake. */
function mistakeOf(error: unknown): string | null {
  if (systemCodeOf(error)?.startsWith('ERR_PARSE_ARGS_') !== true) return null;
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : null;
  return String(message).split('. ')[0] ?? null;
}

/** What each option allows alone makes no sense in every company. */
function requireSense(options: AgentOptions): void {
  const { tokenFile, endpointFile, socket, once, owner } = options;
  requireOneKey(options);
  if (once && socket !== null)
    failUsage('--socket serves as long as the agent runs: drop --once or --socket');
  const hasFile = tokenFile !== null || endpointFile !== null;
  if (!once && !hasFile && socket === null) {
    failUsage('where does the token go? Give --token-file, --endpoint-file, --socket or --once');
  }
  if (owner !== null && !hasFile && socket === null) {
    failUsage('--owner says whose a file or the socket is: give one of them');
  }
  if (tokenFile !== null && tokenFile === endpointFile) {
    failUsage('--token-file and --endpoint-file are one file: each has its own form');
  }
}

function requireOneKey(options: AgentOptions): void {
  const { withKey, keyFile, publicKeyFile, encKeyFile, endpointFile, socket } = options;
  if (!withKey && (keyFile !== null || publicKeyFile !== null || encKeyFile !== null)) {
    failUsage('--no-key leaves out every key: drop the options that name one, or --no-key');
  }
  if (keyFile !== null && publicKeyFile !== null) {
    failUsage('a token is bound to one key: give --key-file or --public-key-file');
  }
  const hasHolder = keyFile !== null || publicKeyFile !== null;
  // What is served to everybody would let everybody use the token, or nobody check it.
  if (endpointFile !== null && !hasHolder) {
    failUsage('--endpoint-file is for a key that a TLS server uses: give --public-key-file or --key-file');
  }
  if (withKey && !hasHolder && socket === null) {
    failUsage(
      'the token would be bound to a key that nobody else has: give --key-file, --public-key-file, --socket or --no-key',
    );
  }
}

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** True for https, and for http to this very machine: evidence and tokens cross no network in clear text. */
export function isPrivate({ protocol, hostname }: Pick<URL, 'protocol' | 'hostname'>): boolean {
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname));
}

function issuerUrl(text: string, option: string): string {
  const url = URL.canParse(text)
    ? new URL(text)
    : failUsage(`${option} takes a URL such as https://attest.example`);
  if (!isPrivate(url))
    failUsage(`${option} must be https: only this machine itself (localhost) is spoken to without TLS`);
  if (url.username !== '' || url.password !== '' || /[?#]/u.test(text)) {
    failUsage(`${option} is an issuer: no user, no query, no fragment`);
  }
  // As it is compared and dialled: scheme and host in lower case.
  return `${url.origin}${url.pathname}`.replace(/\/+$/u, '');
}

function secondsOf(text: string): number {
  return /^[1-9]\d{0,5}$/u.test(text)
    ? Number(text)
    : failUsage('--deadline takes a number of seconds up to 999999');
}

function ownerOf(text: string): { readonly uid: number; readonly gid: number } {
  const [uid, gid = uid] = /^\d{1,9}(?::\d{1,9})?$/u.test(text) ? text.split(':').map(Number) : [];
  if (uid === undefined || gid === undefined)
    failUsage('--owner takes numbers: UID or UID:GID, such as 1000:1000');
  return { uid, gid };
}
