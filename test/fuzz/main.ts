/** A process of its own for formats, one after another, as its parent sends them: see scripts/fuzz.mjs. */
import { DOCUMENT_FORMATS } from './document-formats.js';
import { EVIDENCE_FORMATS } from './evidence-formats.js';
import { type Format, settingOfText, settingToText } from './format.js';
import { REQUEST_FORMATS } from './request-formats.js';
import { type Finding, type RunReport, runFormat } from './runner.js';

export const FORMATS: readonly Format[] = [...EVIDENCE_FORMATS, ...DOCUMENT_FORMATS, ...REQUEST_FORMATS];

/** A finding as it is written down: bytes in base64, and everything to judge them by. */
export interface WrittenFinding {
  readonly format: string;
  readonly what: string;
  readonly detail: string;
  readonly seed: number;
  readonly index: number;
  readonly sound: string | null;
  readonly mutant: string | null;
  readonly setting: string | null;
}

export type Wish =
  | { readonly act: 'run'; readonly format: string; readonly count: number; readonly seed: number }
  | { readonly act: 'replay'; readonly finding: WrittenFinding };

export type Word =
  | { readonly kind: 'ready'; readonly formats: readonly string[] }
  | { readonly kind: 'progress'; readonly format: string; readonly done: number; readonly count: number }
  | {
      readonly kind: 'done';
      readonly report: Omit<RunReport, 'findings'>;
      readonly findings: readonly WrittenFinding[];
    }
  | { readonly kind: 'replayed'; readonly answer: string };

function written({ format, what, detail, seed, index, sound, mutant }: Finding): WrittenFinding {
  return {
    format,
    what,
    detail,
    seed,
    index,
    sound: sound?.name ?? null,
    mutant: mutant === null ? null : Buffer.from(mutant).toString('base64'),
    setting: sound === null ? null : settingToText(sound.setting),
  };
}

function formatOf(name: string): Format {
  const format = FORMATS.find((one) => one.name === name);
  if (format === undefined) throw new TypeError(`no format ${name}`);
  return format;
}

async function fulfil(wish: Wish, say: (word: Word) => void): Promise<void> {
  if (wish.act === 'run') {
    const { count, seed } = wish;
    const progress = (done: number): void => say({ kind: 'progress', format: wish.format, done, count });
    const options = {
      count,
      seed,
      progress,
      ...(globalThis.gc === undefined ? {} : { collectGarbage: globalThis.gc }),
    };
    const { findings, ...report } = await runFormat(formatOf(wish.format), options);
    say({ kind: 'done', report, findings: findings.map(written) });
    return;
  }
  const { format, mutant, setting } = wish.finding;
  if (mutant === null || setting === null)
    throw new TypeError('this finding is about a whole run; run it again');
  const bytes = new Uint8Array(Buffer.from(mutant, 'base64'));
  const answer = await formatOf(format)
    .judge(bytes, settingOfText(setting))
    .then(JSON.stringify, (error: unknown) => (error instanceof Error ? (error.stack ?? '') : String(error)));
  say({ kind: 'replayed', answer });
}

if (process.send !== undefined) {
  const say = (word: Word): void => void process.send?.(word);
  process.on('message', (wish: Wish) => {
    // What is thrown here is the fuzzer’s own mistake: let it end the process.
    void fulfil(wish, say);
  });
  say({ kind: 'ready', formats: FORMATS.map(({ name }) => name) });
}
