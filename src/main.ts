/** Start, signals, stop; nothing else. */
import { availableParallelism } from 'node:os';
import { pathToFileURL } from 'node:url';
import { type Config, ConfigRefused, readConfig } from './config.js';
import { AuthoritiesUnusable } from './platform/authorities-file.js';
import { whyUnreadable } from './platform/file-access.js';
import { createLog, faultFields } from './platform/log.js';
import { CryptoRefused } from './platform/native-addon.js';
import { SecretUnusable } from './platform/secret-file.js';
import { TlsUnusable } from './platform/tls-files.js';
import { StorageRefused } from './storage/refused.js';
import { WorkerRefused } from './workers/refused.js';

/** The service, in this process or in several. */
export interface Running {
  /** Looks at the TLS files now; what is wrong with them is logged. */
  reloadTls(): Promise<void>;
  /** Not ready at once, serves on until proxies have noticed, then closes. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** Serves until a signal asks to stop. Returns the exit status: 0, or 2 when it could not start. */
export async function serve(env: NodeJS.ProcessEnv = process.env): Promise<number> {
  let service: Running;
  try {
    const config = readConfig(env, whyUnreadable, availableParallelism());
    service = await start(config, env);
    // Without TLS a hangup ends the process, as it always does.
    if (config.tls !== null) process.on('SIGHUP', () => void service.reloadTls());
    process.stdout.write(greeting(config));
  } catch (error) {
    if (!isInWords(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
  const signal = await signalled();
  // Whoever presses Ctrl-C waits for nobody; SIGTERM is what supervisors of replicas send.
  await (signal === 'SIGINT' ? service.close() : service.drain());
  return 0;
}

/** Loads what is needed and no more: the primary process of several workers has no use for the service. */
async function start(config: Config, env: NodeJS.ProcessEnv): Promise<Running> {
  if (config.workers === 1) return (await import('./service.js')).startService(config);
  return (await import('./workers/supervisor.js')).startWorkers(config, env, createLog());
}

/** An address that is taken, a file that is missing or not readable, a certificate that is none. */
function isFromTheMachine(code: string): boolean {
  return ['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES', 'ENOENT'].includes(code) || code.startsWith('ERR_OSSL');
}

/** Mistakes of the operator come with a sentence; a stack trace would only hide it. */
export function isInWords(error: unknown): error is Error {
  return (
    error instanceof ConfigRefused ||
    error instanceof StorageRefused ||
    error instanceof SecretUnusable ||
    error instanceof AuthoritiesUnusable ||
    error instanceof TlsUnusable ||
    error instanceof WorkerRefused ||
    error instanceof CryptoRefused ||
    (error instanceof Error && 'code' in error && isFromTheMachine(String(error.code)))
  );
}

function greeting({ issuer, adminKeyFile, simulatedVendors }: Config): string {
  const lines = [
    `Assay serves ${issuer}`,
    ...(adminKeyFile === null ? [] : [`Admin key: ${adminKeyFile}`]),
    ...(simulatedVendors ? [`Simulated evidence (never for real secrets): ${issuer}/simulated`] : []),
    ...(adminKeyFile === null
      ? []
      : ['Next: the five-minute tour in README.md, or `npm run demo`. Stop with Ctrl-C.']),
  ];
  return `${lines.join('\n')}\n`;
}

/** Milliseconds from the signal to the end, within the ten seconds after which `docker stop` kills. */
const STOP_WITHIN = 9_500;

function giveUp(): never {
  process.stderr.write('Something held the stop up; the process ends without it.\n');
  process.exit(1);
}

/** A second signal ends the process at once, as people expect; so does a stop that something holds up. */
function signalled(): Promise<'SIGINT' | 'SIGTERM'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        for (const again of ['SIGINT', 'SIGTERM']) process.once(again, () => process.exit(1));
        setTimeout(giveUp, STOP_WITHIN).unref();
        resolve(signal);
      });
    }
  });
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await serve().catch((error: unknown) => {
    createLog().error(faultFields(error), 'the service could not start or stop');
    return 1;
  });
}
