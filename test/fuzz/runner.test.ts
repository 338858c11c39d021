/** The fuzzer notices: pipelines with deliberate faults, and the sound one beside them. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { Reader } from '../../src/bytes/reader.js';
import { EVIDENCE_FORMATS } from './evidence-formats.js';
import { type Answer, type Format, settingOfText, settingToText } from './format.js';
import { type RunOptions, type RunReport, runFormat } from './runner.js';

/** A length, that many bytes, and a sum over them. */
const SOUND = Uint8Array.of(4, 10, 20, 30, 40, 100);

const KEEPER = fileURLToPath(new URL('keeper.js', import.meta.url));

/** `judge` is the pipeline. */
function formatWith(judge: (bytes: Uint8Array) => Answer | Promise<Answer>): Format {
  return {
    name: 'miniature',
    structure: 'octets',
    places: [0],
    sound: async () => [{ name: 'the only one', bytes: SOUND, setting: {} }],
    judge: async (bytes) => judge(bytes),
  };
}

const REFUSED: Answer = { accepted: false, code: 'refused' };

/** Reads and checks, as it should be done. */
function soundly(bytes: Uint8Array): Answer {
  const reader = new Reader(bytes);
  if (reader.remaining < 1) return REFUSED;
  const length = reader.u8();
  if (length + 1 !== reader.remaining) return REFUSED;
  const content = reader.take(length);
  const sum = content.reduce((total, octet) => (total + octet) & 0xff, 0);
  if (sum !== reader.u8() || !Buffer.from(bytes).equals(SOUND)) return REFUSED;
  return { accepted: true, meaning: Buffer.from(content).toString('hex') };
}

function run(format: Format, options: Partial<RunOptions> = {}): Promise<RunReport> {
  return runFormat(format, { count: 400, seed: 7, ...options });
}

describe('a pipeline', () => {
  test('without a fault has no findings, and its mutants get somewhere', async () => {
    const report = await run(formatWith(soundly));
    expect(report.findings).toEqual([]);
    expect(report.answers.refused).toBeGreaterThan(300);
    expect(Object.values(report.answers).reduce((sum, count) => sum + count, 0)).toBe(400);
  });

  test('whose signature check says yes to everything is found out', async () => {
    const { findings } = await run(
      formatWith((bytes) => ({ accepted: true, meaning: Buffer.from(bytes.subarray(1, 5)).toString('hex') })),
    );
    expect(findings[0]).toMatchObject({ what: 'accepted', format: 'miniature', seed: 7 });
    expect(findings[0]?.mutant).not.toEqual(SOUND);
  });

  test('whose parser reads beyond the end is found out', async () => {
    const { findings } = await run(
      formatWith((bytes) => {
        const reader = new Reader(bytes);
        reader.take(reader.u8());
        reader.u8();
        return soundly(bytes);
      }),
    );
    expect(findings[0]).toMatchObject({ what: 'threw', detail: expect.stringContaining('ShortRead') });
  });

  test('that takes long over some inputs is found out, and one that waits is not', async () => {
    // Of CPU time: what others take of the core is nobody's fault.
    const busy = (milliseconds: number): void => {
      const before = process.cpuUsage();
      for (let spent = 0; spent < milliseconds; ) {
        const { user, system } = process.cpuUsage(before);
        spent = (user + system) / 1000;
      }
    };
    const slow = await run(
      formatWith((bytes) => {
        if (bytes.length > 9) busy(30);
        return soundly(bytes);
      }),
      { count: 60, limits: { slowMs: 25, grownBytes: Number.POSITIVE_INFINITY } },
    );
    expect(slow.findings[0]).toMatchObject({ what: 'slow' });
    expect(slow.findings[0]?.mutant?.length).toBeGreaterThan(9);
    const wait = () =>
      run(
        formatWith(async (bytes) => {
          if (bytes.length > 9) await new Promise((resolve) => setTimeout(resolve, 60));
          return soundly(bytes);
        }),
        { count: 20 },
      );
    // Whoever takes waiting for work finds something each time; what other tests left to this process ends some time.
    let waiting = await wait();
    for (let again = 0; again < 4 && waiting.findings.length > 0; again += 1) waiting = await wait();
    expect(waiting.findings).toEqual([]);
  });

  test('that keeps what it was sent is found out, and one that does not is not', () => {
    const told = (habit: string): unknown =>
      JSON.parse(execFileSync(process.execPath, ['--expose-gc', KEEPER, habit], { encoding: 'utf8' }));
    expect(told('keeps')).toMatchObject({ what: ['grew'] });
    expect(told('forgets')).toMatchObject({ what: [] });
  });

  test('that refuses the sound input cannot be fuzzed', async () => {
    await expect(run(formatWith(() => REFUSED))).rejects.toThrow('the only one is refused');
  });
});

describe('a run', () => {
  test('draws the same mutants from the same seed', async () => {
    const seen = async (seed: number): Promise<string[]> => {
      const mutants: string[] = [];
      const format = formatWith((bytes) => {
        mutants.push(Buffer.from(bytes).toString('hex'));
        return soundly(bytes);
      });
      await run(format, { seed, count: 50, limits: { slowMs: 1e6, grownBytes: 1e12 } });
      return mutants;
    };
    const first = await seen(1);
    expect(await seen(1)).toEqual(first);
    expect(await seen(2)).not.toEqual(first);
  });

  test('of a real format is judged by what is written down with a finding', async () => {
    const [format] = EVIDENCE_FORMATS;
    const [sound] = (await format?.sound()) ?? [];
    if (format === undefined || sound === undefined) throw new TypeError('no format');
    const again = settingOfText(settingToText(sound.setting));
    expect(again).toEqual(sound.setting);
    expect(await format.judge(sound.bytes, again)).toEqual(await format.judge(sound.bytes, sound.setting));
    const cut = await format.judge(sound.bytes.subarray(1), again);
    expect(cut.accepted).toBe(false);
  });
});
