/** Genuine event logs: replayed against their quotes, and read as others read them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parseReferenceValue } from '../../src/appraisal/reference-schema.js';
import { parseEvidence } from '../../src/tee/registry.js';
import { type EventLog, parseEventLog } from '../../src/tee/tdx/event-log.js';
import { examineLog, measuredEvents, replayEvents } from '../../src/tee/tdx/event-log-replay.js';
import { eventTypeText, hashesItsData } from '../../src/tee/tdx/event-types.js';
import { readQuote } from '../../src/tee/tdx/quote.js';
import { refusalOf } from '../tee/tdx/judged.js';
import { describeWithVectors } from '../vectors-home.js';
import { genuineLogs, looseLogs } from './event-logs.js';
import { answerOf, checkOf, judgeQuote, tdxSamples } from './tdx-samples.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const REGISTERS = ['rtmr0', 'rtmr1', 'rtmr2', 'rtmr3'] as const;
const registersOf = (log: Uint8Array) => {
  const replayed = replayEvents(measuredEvents(parseEventLog(log)));
  return REGISTERS.map((name) => hex(replayed[name]));
};

describeWithVectors('genuine event logs', (home) => {
  const pairs = genuineLogs(home).map((pair) => [pair.sample.slug, pair] as const);
  const loose = looseLogs(home);
  const sampleOf = (slug: string) => {
    const sample = tdxSamples(home).find((one) => one.slug === slug);
    if (sample === undefined) throw new Error(`no ${slug}`);
    return sample;
  };

  test('there are some, with and without a quote', () => {
    expect(pairs.map(([slug]) => slug)).toEqual(['v4-gcp-cos-ccel']);
    expect(Object.keys(loose).sort()).toEqual(['ccel-ccel-data-ovmf', 'ccel-dstack', 'ccel-preproduction']);
  });

  test.each(pairs)('%s: the log replays to all four registers of its quote', async (slug, { log }) => {
    const { quote, pinned, collateral, expected } = sampleOf(slug);
    const judging = { at: pinned, collateral, reportData: expected.report_data, eventLog: log };
    const found = await judgeQuote(quote, judging);
    expect(answerOf(found)).toBe('authentic');
    expect(registersOf(log)).toEqual([...expected.rtmrs]);
    for (const id of ['event_log_malformed', 'event_log_replay_mismatch', 'event_digest_mismatch']) {
      expect(checkOf(found, id).outcome).toBe('pass');
    }
    expect(found.verdict.claims).toEqual(
      (await judgeQuote(quote, { ...judging, eventLog: null })).verdict.claims,
    );
  });

  test.each(pairs)(
    '%s: its events, named by their digests, affirm; without the log they ask for it',
    async (slug, { log }) => {
      const { quote, pinned, collateral, expected } = sampleOf(slug);
      const events = parseEventLog(log).events;
      const measured = (index: number) => events.filter((event) => event.index === index);
      const apps = measured(2).filter(
        ({ type }) => eventTypeText(type) === 'EV_EFI_BOOT_SERVICES_APPLICATION',
      );
      expect(apps).toHaveLength(2);
      const match = {
        mrtd: expected.mrtd,
        events: [
          // Shim and GRUB; the partition table is that of one disk.
          { register: 'rtmr1', measured: apps.map(({ digest }) => hex(digest)), partition_tables: 'any' },
          { register: 'rtmr2', measured: [...new Set(measured(3).map(({ digest }) => hex(digest)))] },
        ],
      };
      const judge = (changed: typeof match, eventLog: Uint8Array | null) =>
        judgeQuote(quote, {
          at: pinned,
          collateral,
          reportData: expected.report_data,
          references: {
            given: true,
            candidates: [
              { ...parseReferenceValue({ tee: 'tdx', match: changed }), workload: null, version: null },
            ],
          },
          eventLog,
        });
      expect((await judge(match, log)).verdict).toMatchObject({ status: 'affirming', code: null });
      expect((await judge(match, null)).verdict).toMatchObject({
        authentic: true,
        code: 'event_log_required',
      });
      const [first, second] = match.events;
      if (first === undefined || second === undefined) throw new TypeError('two registers');
      for (const fewer of [
        [{ ...first, measured: first.measured.slice(1) }, second],
        [first, { ...second, measured: second.measured.slice(1) }],
      ]) {
        const { verdict } = await judge({ ...match, events: fewer }, log);
        expect(verdict).toMatchObject({ authentic: true, code: 'measurement_not_allowed' });
      }
      const named = { register: 'rtmr1', measured: first.measured };
      const { verdict } = await judge({ ...match, events: [named as typeof first, second] }, log);
      expect(verdict.code).toBe('measurement_not_allowed');
    },
  );

  test.each(pairs)(
    '%s: with any byte changed the log is refused, or says the same',
    (_slug, { sample, log }) => {
      const { report } = readQuote(sample.quote);
      const saidBy = (bytes: Uint8Array): string => {
        let read: EventLog | null = null;
        const refused = refusalOf(() => {
          read = parseEventLog(bytes);
        });
        if (refused !== null || read === null) return refused?.code ?? 'nothing';
        const { fields, checks } = examineLog(read, report);
        const failed = checks.filter(({ outcome }) => outcome === 'fail').map(({ id }) => id);
        return fields === null ? failed.join(' ') : JSON.stringify(fields);
      };
      const said = saidBy(log);
      expect(said).toMatch(/^\{/);
      const used = log.slice(0, log.findLastIndex((byte) => byte !== 0xff) + 1);
      const counts: Record<string, number> = {};
      const other: string[] = [];
      for (let place = 0; place < used.length; place += 3) {
        const found = saidBy(used.with(place, (used[place] ?? 0) ^ 0x01));
        const answer = found === said ? 'the same' : found;
        if (answer.startsWith('{')) other.push(String(place));
        counts[answer.startsWith('{') ? 'something else' : answer] = (counts[answer] ?? 0) + 1;
      }
      expect(Object.keys(counts).sort()).toEqual(
        expect.arrayContaining([
          'event_digest_mismatch',
          'event_log_malformed',
          'event_log_replay_mismatch',
          'the same',
        ]),
      );
      // The type of the one partition table: called anything else, it is passed over no longer.
      const table = parseEventLog(log).events.find(({ type }) => eventTypeText(type) === 'EV_EFI_GPT_EVENT');
      expect(table).toBeDefined();
      expect(other.length).toBeLessThanOrEqual(2);
      for (let length = 0; length < used.length; length += 7) {
        expect(saidBy(used.slice(0, length))).toMatch(/^event_log_(malformed|replay_mismatch)$/);
      }
    },
  );

  test.each(pairs)(
    '%s: the ACPI table is not the log, and the refusal says where the log is',
    (_slug, { sample, table }) => {
      const refused = refusalOf(() => parseEvidence('tdx', sample.quote, [], table));
      expect(refused?.code).toBe('event_log_malformed');
      expect(refused?.detail).toMatch(/ACPI table/);
    },
  );

  test('a log that the running kernel has gone beyond is refused, and RTMR2 alone is named', () => {
    const { report } = readQuote(
      new Uint8Array(readFileSync(join(home, 'tdx/neg-preproduction-root-v4/quote.bin'))),
    );
    const log = parseEventLog(loose['ccel-preproduction'] ?? new Uint8Array());
    const { checks, fields } = examineLog(log, report);
    expect(fields).toBeNull();
    const [replay, data] = checks;
    expect(replay).toMatchObject({ id: 'event_log_replay_mismatch', outcome: 'fail' });
    expect(replay?.expected).toMatch(/^what the quote is signed over: rtmr2 [0-9a-f]{96}$/);
    expect(replay?.remedy).toMatch(/running system/);
    expect(data).toMatchObject({ outcome: 'pass' });
  });

  test('a log is read as another reader reads it', () => {
    const parsed = JSON.parse(readFileSync(join(home, 'eventlog/ccel-data-ovmf/parsed.json'), 'utf8')) as {
      readonly uefi_event_logs: readonly {
        readonly index: number;
        readonly type_name: string;
        readonly event: string;
        readonly digests: readonly { readonly digest: string }[];
        readonly digest_matches_event: boolean;
      }[];
    };
    const { events } = parseEventLog(loose['ccel-ccel-data-ovmf'] ?? new Uint8Array());
    const ours = events.map(({ index, type, digest, data }) => ({
      index,
      type_name: eventTypeText(type),
      event: Buffer.from(data).toString('base64'),
      digest: hex(digest),
    }));
    // The other reader counts the event that names the form; its last byte groups differ nowhere else.
    const theirs = parsed.uefi_event_logs
      .filter(({ type_name }) => type_name !== 'EV_NO_ACTION')
      .map(({ index, type_name, event, digests }) => ({
        index,
        type_name,
        event,
        digest: digests[0]?.digest,
      }));
    expect(ours).toEqual(theirs);
    const vouched = events.filter(({ type }) => hashesItsData(type)).length;
    expect(parsed.uefi_event_logs.filter((one) => one.digest_matches_event)).toHaveLength(vouched);
  });

  test.each(Object.keys(loose))('%s: the data of every event that vouches for them are its own', (slug) => {
    const log = parseEventLog(loose[slug] ?? new Uint8Array());
    const zeros = new Uint8Array(48);
    const { checks } = examineLog(log, { rtmrs: [zeros, zeros, zeros, zeros] });
    expect(checks.find(({ id }) => id === 'event_digest_mismatch')).toMatchObject({ outcome: 'pass' });
  });
});
