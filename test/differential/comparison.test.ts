/** The comparison itself: what it must not swallow. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RefusalCode } from '../../src/rats/refusal.js';
import { askingOf, codes, compareAll, explain, type Row, type Tally, tallyOf, words } from './comparison.js';
import { type Answer, askProgram } from './peer.js';

interface Thing {
  readonly name: string;
  readonly assay: readonly RefusalCode[];
  readonly does: string;
}

/** Answers as the question says; `die` ends it without an answer. */
const PROGRAM = `#!${process.execPath}
for await (const line of (await import('node:readline')).createInterface({ input: process.stdin })) {
  const { id, does } = JSON.parse(line);
  if (does === 'die') { process.stderr.write('out of memory'); process.exit(3); }
  console.log(JSON.stringify({ id, verdict: does, reason: 'as told', panic: does === 'crash' ? 'index' : null }));
}
`;

const ROWS: readonly Row<Thing>[] = [
  { id: 'expiry', reason: 'does not look at dates', refuses: codes('snp_cert_expired') },
  { id: 'words', reason: 'says so', objects: words(/^as told$/u) },
  { id: 'index', reason: 'reads past the end', crashes: words(/^index$/u) },
];

describe('the comparison', () => {
  let directory = '';
  let program = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'assay-peer-'));
    program = join(directory, 'peer.mjs');
    writeFileSync(program, PROGRAM);
    chmodSync(program, 0o755);
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const ask = (...acts: readonly string[]): Promise<readonly Answer[]> =>
    askProgram(
      program,
      acts.map((does) => ({ does })),
    );

  test('a peer that ends is answered as a crash, and the next questions still get answers', async () => {
    const answers = await ask('accept', 'die', 'reject', 'crash', 'die');
    expect(answers.map(({ verdict }) => verdict)).toEqual(['accept', 'crash', 'reject', 'crash', 'crash']);
    expect(answers[1]?.reason).toBe('ended with 3: out of memory');
    expect(answers[3]?.reason).toBe('index');
  });

  test('a program that cannot be started is an error and no crash of the peer', async () => {
    await expect(askProgram(join(directory, 'absent'), [{}])).rejects.toThrow('ENOENT');
  });

  const compare = async (...things: readonly Thing[]): Promise<Tally> => {
    const peer = { name: 'peer', rows: ROWS, ask: askingOf<Thing>(program, ({ does }) => ({ does })) };
    const tally = tallyOf(peer);
    await compareAll(things, async ({ assay }) => assay, [[peer, tally]]);
    return tally;
  };

  test('agreement is counted, and what was accepted by both', async () => {
    const tally = await compare(
      { name: 'good', assay: [], does: 'accept' },
      { name: 'bad', assay: ['snp_signature_invalid'], does: 'reject' },
    );
    expect(tally).toMatchObject({ tried: 2, agreed: 2, accepted: 1, unexplained: [] });
  });

  test('a row explains a disagreement and is counted', async () => {
    const tally = await compare(
      { name: 'old', assay: ['snp_cert_expired'], does: 'accept' },
      { name: 'told', assay: [], does: 'reject' },
      { name: 'short', assay: ['snp_report_malformed'], does: 'crash' },
    );
    expect([...tally.rows]).toEqual([
      ['expiry', 1],
      ['words', 1],
      ['index', 1],
    ]);
    expect(tally.agreed).toBe(0);
    expect(tally.unexplained).toEqual([]);
  });

  test('what no row explains is kept, with the file that has all of it', async () => {
    const tally = await compare({ name: 'odd', assay: ['snp_signature_invalid'], does: 'accept' });
    expect(tally.unexplained).toEqual([
      expect.stringMatching(/^odd\n {2}Assay refuses: snp_signature_invalid\n/u),
    ]);
    rmSync(/\S+\.json$/u.exec(tally.unexplained[0] ?? '')?.[0] ?? '');
  });

  test('one reason that is explained does not excuse another', () => {
    const thing: Thing = { name: 'both', assay: [], does: '' };
    const accepted: Answer = { verdict: 'accept', reason: '' };
    expect(explain(ROWS, thing, ['snp_cert_expired'], accepted)).toEqual(['expiry']);
    expect(explain(ROWS, thing, ['snp_cert_expired', 'snp_signature_invalid'], accepted)).toEqual([]);
  });

  test('a crash where Assay refuses too is still a fact that needs its row', () => {
    const thing: Thing = { name: 'short', assay: [], does: '' };
    expect(explain(ROWS, thing, ['snp_report_malformed'], { verdict: 'crash', reason: 'slice' })).toEqual([]);
  });
});
