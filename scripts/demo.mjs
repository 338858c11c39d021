// `npm run demo`: the whole story with simulated hardware, from evidence to an opened model file, and every
// refusal on the way. Exits 0 only if all went as expected. `--build DIR` runs another build of the service.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { prepareAndBuild } from './build.mjs';
import { ROOT } from './prepare.mjs';

const given = process.argv.indexOf('--build');
if (given === -1) prepareAndBuild();
const build = given === -1 ? join(ROOT, 'build') : resolve(process.argv[given + 1] ?? '');

// What needs packages comes after the installation.
const { startService } = await import('./demo/service.mjs');
const { createTranscript } = await import('./demo/transcript.mjs');
const { tellStory } = await import('./demo/story.mjs');

const started = performance.now();
const transcript = createTranscript();
const dataDir = await mkdtemp(join(tmpdir(), 'assay-demo-'));
let service;
try {
  transcript.chapter('A verifier starts');
  transcript.tell(
    'An attestation service of its own, with an embedded database and a made-up hardware vendor.',
  );
  service = await startService(build, dataDir);
  transcript.tell(`It issues tokens as ${service.issuer}`);
  await tellStory({ transcript, service, build, vendorDir: join(dataDir, 'simulated') });
} catch (error) {
  transcript.expect('the story goes on to its end', error.message, 'no error');
  if (service !== undefined) console.error(`\nThe service wrote last:\n${service.output()}`);
} finally {
  await service?.stop();
  await rm(dataDir, { recursive: true, force: true });
}
process.exitCode = transcript.finish((performance.now() - started) / 1000);
