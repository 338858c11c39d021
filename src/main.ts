/** Start, signals, stop; nothing else. */
import { pathToFileURL } from 'node:url';
import { startService } from './compose.js';
import { type Config, ConfigRefused, readConfig } from './config.js';
import { whyUnreadable } from './platform/file-access.js';
import { createLog, faultFields } from './platform/log.js';
import { SecretUnusable } from './platform/secret-file.js';
import { StorageRefused } from './storage/refused.js';

/** Serves until a signal asks to stop. Returns the exit status: 0, or 2 when it could not start. */
export async function serve(env: NodeJS.ProcessEnv = process.env): Promise<number> {
  let service: Awaited<ReturnType<typeof startService>>;
  try {
    const config = readConfig(env, whyUnreadable);
    service = await startService(config);
    process.stdout.write(greeting(config));
  } catch (error) {
    if (!isInWords(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
  await signalled();
  await service.close();
  return 0;
}

/** An address that is taken, a file that is missing or not readable, a certificate that is none. */
function isFromTheMachine(code: string): boolean {
  return ['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES', 'ENOENT'].includes(code) || code.startsWith('ERR_OSSL');
}

/** Mistakes of the operator come with a sentence; a stack trace would only hide it. */
function isInWords(error: unknown): error is Error {
  return (
    error instanceof ConfigRefused ||
    error instanceof StorageRefused ||
    error instanceof SecretUnusable ||
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

/** A second signal ends the process at once, as people expect. */
function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(1));
        resolve();
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
