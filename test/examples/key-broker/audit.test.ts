/** The broker's audit: what shows when somebody changed it, and that nothing is released without its line. */
import { appendFile, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { load } from './modules.js';
import { type Rig, startRig } from './rig.js';

const { AuditUnavailable, openAudit, readChain } = await load('audit');

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-audit-'));
  path = join(folder, 'audit.jsonl');
});
afterEach(async () => {
  jest.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

/** Three lines; resolves to their digests. */
async function writeThree(): Promise<readonly string[]> {
  const audit = await openAudit(path, () => new Date('2026-11-20T12:00:00Z'));
  const heads = await Promise.all(['a', 'b', 'c'].map((key) => audit.append({ outcome: 'released', key })));
  await audit.close();
  return heads;
}

async function readBack(options?: { readonly contains: string }) {
  const handle = await open(path);
  try {
    return await readChain(handle, options);
  } finally {
    await handle.close();
  }
}

/** What a file handle is made of, so that its methods can be made to fail as a disk does. */
async function handlePrototype(): Promise<{
  appendFile: (bytes: Buffer) => Promise<void>;
  sync: () => Promise<void>;
}> {
  const handle = await open(folder);
  await handle.close();
  return Object.getPrototypeOf(handle);
}

describe('the audit', () => {
  test('is one chain, which goes on after a restart', async () => {
    const heads = await writeThree();
    const audit = await openAudit(path);
    const head = await audit.append({ outcome: 'refused', key: 'd' });
    await audit.close();
    expect(await readBack()).toMatchObject({ entries: 4, head });
    expect(await readBack({ contains: heads[1] ?? '' })).toMatchObject({ entries: 4 });
    const lines = (await readFile(path, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ seq, key }) => `${seq} ${key}`)).toEqual(['1 a', '2 b', '3 c', '4 d']);
    expect(lines[0]).toMatchObject({ at: '2026-11-20T12:00:00.000Z', prev: '0'.repeat(64) });
    expect(lines[3].prev).toBe(heads[2]);
  });

  test.each<[string, (lines: readonly string[]) => readonly string[], string]>([
    ['changed', ([a = '', b = '', c = '']) => [a, b.replace('released', 'refused'), c], 'line 3'],
    ['taken out', ([a = '', , c = '']) => [a, c], 'line 2'],
    ['taken from the front', ([, b = '', c = '']) => [b, c], 'line 1'],
    ['repeated', ([a = '', b = '', c = '']) => [a, b, b, c], 'line 3'],
    ['moved', ([a = '', b = '', c = '']) => [b, a, c], 'line 1'],
    ['no object', ([a = '', , c = '']) => [a, 'null', c], 'line 2 does not follow'],
    ['no JSON', ([a = '', b = '', c = '']) => [a, b.slice(1), c], 'line 2 is not JSON'],
  ])('shows a line that was %s, and no broker starts on it', async (_what, change, place) => {
    await writeThree();
    expect(await readBack()).toMatchObject({ entries: 3 });
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    await writeFile(path, `${change(lines).join('\n')}\n`);
    await expect(readBack()).rejects.toThrow(place);
    await expect(openAudit(path)).rejects.toThrow(place);
  });

  test('is read as bytes: what is no UTF-8 stands for nothing else', async () => {
    const audit = await openAudit(path);
    await audit.append({ detail: '\ufffd' });
    await audit.append({});
    await audit.close();
    expect(await readBack()).toMatchObject({ entries: 2 });
    const bytes = await readFile(path);
    const at = bytes.indexOf('\ufffd');
    await writeFile(path, Buffer.concat([bytes.subarray(0, at), Buffer.of(0xff), bytes.subarray(at + 3)]));
    await expect(readBack()).rejects.toThrow('line 2 does not follow');
  });

  test('cut short is found by whoever kept a head', async () => {
    const [, , last = ''] = await writeThree();
    const lines = (await readFile(path, 'utf8')).split('\n');
    await writeFile(path, `${lines.slice(0, 2).join('\n')}\n`);
    expect(await readBack()).toMatchObject({ entries: 2 });
    await expect(readBack({ contains: last })).rejects.toThrow(`no line has the digest ${last}`);
  });

  test('loses an unfinished last line at the start, and says so', async () => {
    await writeThree();
    await appendFile(path, '{"seq":4,"at"');
    await (await openAudit(path)).close();
    expect(await readBack()).toMatchObject({ entries: 4 });
    expect(await readFile(path, 'utf8')).toContain(
      '"repaired","detail":"13 bytes of an unfinished line taken out"',
    );
  });

  test('takes nothing while somebody else writes to the file', async () => {
    const audit = await openAudit(path);
    await appendFile(path, 'mine\n');
    await expect(audit.append({ outcome: 'released' })).rejects.toThrow(AuditUnavailable);
    await audit.close();
    expect(await readFile(path, 'utf8')).toBe('mine\n');
  });
});

describe('a broker whose audit fails', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await startRig();
  });
  afterEach(() => rig.close());

  test('releases nothing while the disk is full, and goes on when there is room', async () => {
    expect((await rig.ask()).status).toBe(200);
    const before = await rig.text();
    const prototype = await handlePrototype();
    const full = jest.spyOn(prototype, 'appendFile').mockImplementation(async (bytes) => {
      await writeFile(join(rig.store, 'audit.jsonl'), `${before}${bytes.subarray(0, 20)}`);
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    });
    const answer = await rig.ask();
    expect(answer).toMatchObject({ status: 503, code: 'audit_unavailable' });
    expect(await rig.ask({ claims: { aud: 'vault-prod', iat: 1, nbf: 1 } })).toMatchObject({ status: 503 });
    expect(await rig.text()).toBe(before);
    expect(rig.notes.at(-1)).toMatchObject({ event: 'fault', cause: 'no space left on device' });
    full.mockRestore();
    expect((await rig.ask()).status).toBe(200);
    expect(await rig.lines()).toHaveLength(2);
  });

  test('releases nothing more once nobody knows what is on the disk', async () => {
    const prototype = await handlePrototype();
    const failing = jest.spyOn(prototype, 'sync').mockRejectedValue(new Error('input or output error'));
    expect(await rig.ask()).toMatchObject({ status: 503, code: 'audit_unavailable' });
    failing.mockRestore();
    expect(await rig.ask()).toMatchObject({ status: 503, code: 'audit_unavailable' });
  });

  test('holds the key back until the line is on the disk', async () => {
    const prototype = await handlePrototype();
    let written: () => void = () => {};
    const reached = new Promise<void>((resolve) => {
      jest.spyOn(prototype, 'sync').mockImplementation(async () => {
        resolve();
        await new Promise<void>((durable) => {
          written = durable;
        });
      });
    });
    let answered = false;
    const asking = rig.ask().then((answer) => {
      answered = true;
      return answer;
    });
    await reached;
    // Whatever was ready to be sent would have been sent by the time another reply is back.
    expect(await rig.ask({ headers: {} })).toMatchObject({ code: 'token_missing' });
    expect(answered).toBe(false);
    written();
    expect((await asking).status).toBe(200);
  });
});

test('a workload that asks without end is told to stop, and leaves no more lines', async () => {
  const rig = await startRig();
  try {
    jest.spyOn(await handlePrototype(), 'sync').mockResolvedValue(undefined);
    const codes = new Set<string | null>();
    for (let asked = 0; asked < 1400 && !codes.has('too_many_requests'); asked += 50) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => rig.ask({ name: 'nobody' })));
      for (const { code } of answers) codes.add(code);
    }
    expect(codes).toEqual(new Set(['key_not_yours', 'too_many_requests']));
    expect((await rig.lines()).length).toBeLessThanOrEqual(1200);
  } finally {
    await rig.close();
  }
});
