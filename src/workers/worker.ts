/** Entry of a worker process: the service as if it were alone, until the primary says stop or is gone. */
import cluster from 'node:cluster';
import { type Config, readConfig } from '../config.js';
import { isInWords } from '../main.js';
import { whyUnreadable } from '../platform/file-access.js';
import { createLog, faultFields } from '../platform/log.js';
import { startService } from '../service.js';
import { Line } from './membership.js';
import type { FromWorker, ToWorker } from './messages.js';

const [number = Number.NaN, port = null] = process.argv.slice(2).map(Number);
const log = createLog(undefined, { worker: number });
const line = new Line(number, send);
let service: Awaited<ReturnType<typeof startService>> | null = null;
let stopping = false;

/** Milliseconds. */
const PRIMARY_SPEAKS_WITHIN = 500;

/** Resolves when the message is on its way, or lost because the primary is gone. */
function send(message: FromWorker): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) throw new TypeError('a worker has a line to the primary');
    process.send(message, undefined, undefined, () => resolve());
  });
}

/** Port 0 has been chosen for all workers. */
function onPort(config: Config): Config {
  if (port === null) return config;
  return { ...config, listen: config.listen.map((address) => ({ ...address, port: address.port || port })) };
}

async function start(): Promise<void> {
  service = await startService(onPort(readConfig(process.env, whyUnreadable)), { log }, line);
  await send({ kind: 'listening', url: service.url });
}

/** Requests that have begun get their answers; the counts that nobody has asked for yet go to the primary. */
async function stop(how: 'drain' | 'close'): Promise<void> {
  if (stopping) return;
  stopping = true;
  await service?.[how]();
  if (service !== null) await line.measure();
  process.exit(0);
}

function failed(error: unknown): void {
  log.error(faultFields(error), 'the worker could not start or stop');
  process.exit(1);
}

function hear(message: ToWorker): void {
  if (message.kind === 'drain' || message.kind === 'close') stop(message.kind).catch(failed);
  else if (message.kind === 'reload') service?.reloadTls().catch(failed);
  else if (message.kind === 'measure') line.measure().catch(failed);
  else line.receive(message);
}

process.on('message', hear);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // Whoever signals all processes of the service means the primary, which will say how to stop.
  process.once(signal, () => setTimeout(() => stop('close').catch(failed), PRIMARY_SPEAKS_WITHIN));
}
cluster.worker?.once('disconnect', () => {
  // Without this Node ends the process here and now, requests and all.
  if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true;
  if (!stopping) log.warn({}, 'the primary process is gone; stopping');
  stop('close').catch(failed);
});

await start().catch(async (error: unknown) => {
  if (!isInWords(error)) return failed(error);
  await send({ kind: 'refused', message: error.message });
  process.exit(2);
});
