/** Where the one file that is copied into guests begins. */
import { machine, runAgent } from './main.js';

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => stopping.abort());
}
process.exitCode = await runAgent(
  process.argv.slice(2),
  machine({
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
    stop: stopping.signal,
  }),
);
