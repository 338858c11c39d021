// `npm run demo`: the whole story with simulated hardware, from evidence to an opened model file, and every
// refusal on the way. Exits 0 only if all went as expected. `--build DIR` runs another build of the service,
// `--model-size 20M` makes the model smaller than its usual gigabyte.
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { prepareAndBuild } from './build.mjs';
import { ROOT } from './prepare.mjs';

const { values } = parseArgs({
  options: { build: { type: 'string' }, 'model-size': { type: 'string', default: '1G' } },
});
if (values.build === undefined) prepareAndBuild();
const build = resolve(values.build ?? join(ROOT, 'build'));

// What needs packages comes after the installation.
const { startService } = await import('./demo/service.mjs');
const { createTranscript } = await import('./demo/transcript.mjs');
const { tellStory } = await import('./demo/story.mjs');
const { bytesOf, requireSpace } = await import('./demo/model.mjs');

const modelSize = bytesOf(values['model-size']);
const started = performance.now();
const transcript = createTranscript();
const dataDir = await mkdtemp(join(tmpdir(), 'assay-demo-'));
// A gigabyte is not left behind by whoever has seen enough.
process.once('SIGINT', () => {
  rmSync(dataDir, { recursive: true, force: true });
  process.exit(130);
});
let service;
try {
  transcript.chapter('A verifier starts');
  transcript.tell(await requireSpace(dataDir, modelSize));
  transcript.tell(
    'An attestation service of its own, with an embedded database and a made-up hardware vendor.',
  );
  service = await startService(build, dataDir);
  transcript.tell(`It issues tokens as ${service.issuer}`);
  await tellStory({
    ...{ transcript, service, build, modelSize },
    vendorDir: join(dataDir, 'simulated'),
    workDir: dataDir,
  });
} catch (error) {
  transcript.expect('the story goes on to its end', error.message, 'no error');
  if (service !== undefined) console.error(`\nThe service wrote last:\n${service.output()}`);
} finally {
  await service?.stop();
  await rm(dataDir, { recursive: true, force: true });
}
process.exitCode = transcript.finish((performance.now() - started) / 1000);
