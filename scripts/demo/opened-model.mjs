// The chapters about the model itself: sealed by its owner, opened by the workload, and what the broker remembers of it.
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openAgentSocket } from './agent-socket.mjs';
import { runProgram, tryProgram } from './commands.mjs';
import { digestOf, inMegabytes, makeModel } from './model.mjs';

/** Megabytes by which opening may grow a process, however large the model. Node lets fifty to eighty lie before it collects them. */
const FLAT = 128;

export async function openModel({ transcript, brokers, store, model, workDir, modelSize }, { key, token }) {
  transcript.chapter('A key broker opens the model');
  const [plain, sealed, opened] = ['model', 'model.sealed', 'model.opened'].map((name) =>
    join(workDir, name),
  );
  const digest = await makeModel(plain, modelSize);
  await runProgram('main.mjs', ['seal', model, '--store', store, '--model', plain, '--out', sealed]);
  await rm(plain);
  transcript.tell(
    `Its owner has sealed a model of ${inMegabytes(modelSize)}, segment by segment, and keeps no copy.`,
  );
  transcript.tell(
    'The broker knows the issuer’s URL and a policy. It asks for proof that the caller holds the key',
  );
  transcript.tell('in the token, and encrypts the data key to one that the workload made for this request.');
  const agent = join(workDir, 'agent.sock');
  const socket = await openAgentSocket(agent, { token, key });
  const files = ['--model', sealed, '--out', opened, '--json'];
  try {
    const asked = ['--broker', brokers.url, '--key', model, '--agent', agent];
    const { rate, grown } = JSON.parse(await runProgram('workload.mjs', [...asked, ...files]));
    transcript.expect('the model is what was sealed', await digestOf(opened), digest);
    transcript.tell(`It was opened at ${rate} MB/s, in a process that grew by ${grown} MB at most.`);
    transcript.expect(`memory stays flat: it grew by less than ${FLAT} MB`, grown < FLAT, true);
  } finally {
    await socket.close();
  }
  await rm(opened);
  await rm(sealed);
}

export async function checkAudit({ transcript, store, workDir }) {
  transcript.chapter('What the broker remembers');
  const whole = await tryProgram('main.mjs', ['audit', 'verify', '--store', store]);
  transcript.tell(whole.output.trimEnd());
  transcript.expect('its audit is one chain', whole.code, 0);
  const lines = (await readFile(join(store, 'audit.jsonl'), 'utf8')).trimEnd().split('\n').map(JSON.parse);
  const released = lines.filter(({ outcome }) => outcome === 'released').length;
  transcript.expect('keys were released', released, 3);
  const codes = lines.flatMap(({ code }) => code ?? []).join(', ');
  const wanted = 'enc_swapped, key_not_yours, version_unwanted, simulated_unwanted';
  transcript.expect('refused after it was known who asks', codes, wanted);

  const forged = join(workDir, 'forged-audit');
  await mkdir(forged);
  await copyFile(join(store, 'audit.jsonl'), join(forged, 'audit.jsonl'));
  const text = await readFile(join(forged, 'audit.jsonl'), 'utf8');
  await writeFile(join(forged, 'audit.jsonl'), text.replace('"outcome":"released"', '"outcome":"refused"'));
  const changed = await tryProgram('main.mjs', ['audit', 'verify', '--store', forged]);
  transcript.expect(
    'a line changed afterwards',
    changed.output.trimEnd(),
    'line 2 does not follow the one before',
  );
}
