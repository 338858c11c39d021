/**
 * How a look-alike misbehaves, in words: `[WHERE:]WHAT[,WHAT…]`. WHERE is `kds`, `vcek` (VCEKs alone), `pcs` or the
 * beginning of a path; without it everything is meant.
 */
import { refuse } from '../../rats/refusal.js';

/** `spoil`: what becomes of a document. `issue`: which document it is. */
export type Behaviour =
  | { readonly kind: 'slow'; readonly seconds: number }
  | { readonly kind: 'down' | 'silent' | 'redirect' }
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter: number | null }
  | Ration
  | { readonly kind: 'issue'; readonly age: number; readonly expired: boolean; readonly another: boolean }
  | { readonly kind: 'spoil'; readonly how: 'wrong-signature' | 'garbage' | 'without-chain' | 'gzip' }
  | { readonly kind: 'transfer'; readonly how: 'truncated' | 'endless' }
  | { readonly kind: 'transfer'; readonly how: 'oversized'; readonly mebibytes: number };

/** So many answers in so many seconds, then 429. */
export interface Ration {
  readonly kind: 'rate';
  readonly requests: number;
  readonly seconds: number;
  /** Whether the 429 says when to come back. */
  readonly retryAfter: boolean;
}

export type Where = 'all' | 'kds' | 'vcek' | 'pcs' | `/${string}`;

export interface BehaviourRule {
  readonly where: Where;
  readonly behaviour: Behaviour;
}

/** AMD's limit, as far as it is known: one VCEK in ten seconds from one address. */
export const GENUINE_RATION = 'vcek:rate=1/10s';

const ISSUE = { kind: 'issue', age: 0, expired: false, another: false } as const;
const OLDER_BY_DAYS = 2;
const OVERSIZED_MEBIBYTES = 8;

interface Word {
  /** What may or must follow the word; default: nothing. */
  readonly argument?: string;
  readonly meaning: string;
  /** Null where the argument is not what the word takes; `''`: there is none. */
  readonly read: (argument: string) => Behaviour | null;
}

const plain =
  (behaviour: Behaviour): Word['read'] =>
  (argument) =>
    argument === '' ? behaviour : null;

const counted =
  (otherwise: number | null, make: (count: number) => Behaviour): Word['read'] =>
  (argument) => {
    if (argument === '') return otherwise === null ? null : make(otherwise);
    return /^\d{1,6}$/u.test(argument) ? make(Number(argument)) : null;
  };

const rationed =
  (retryAfter: boolean): Word['read'] =>
  (argument) => {
    const [, requests, seconds] = /^([1-9]\d{0,5})\/([1-9]\d{0,5})s?$/u.exec(argument) ?? [];
    if (requests === undefined || seconds === undefined) return null;
    return { kind: 'rate', requests: Number(requests), seconds: Number(seconds), retryAfter };
  };

const status = (code: number): Behaviour => ({ kind: 'status', status: code, retryAfter: null });

const WORDS: Readonly<Record<string, Word>> = {
  slow: {
    argument: '=SECONDS',
    meaning: 'so long before it answers',
    read: counted(null, (seconds) => ({ kind: 'slow', seconds })),
  },
  down: { meaning: 'closes the connection without an answer', read: plain({ kind: 'down' }) },
  silent: { meaning: 'takes the request and never answers', read: plain({ kind: 'silent' }) },
  rate: {
    argument: '=N/SECONDSs',
    meaning: 'so many in so long, then 429 with Retry-After',
    read: rationed(true),
  },
  'rate-unsaid': {
    argument: '=N/SECONDSs',
    meaning: 'the same without Retry-After',
    read: rationed(false),
  },
  'not-found': { meaning: '404', read: plain(status(404)) },
  gone: { meaning: '410', read: plain(status(410)) },
  error: { meaning: '500', read: plain(status(500)) },
  unavailable: {
    argument: '[=SECONDS]',
    meaning: '503, with Retry-After where seconds are given',
    read: (argument) =>
      argument === ''
        ? status(503)
        : counted(null, (seconds) => ({ kind: 'status', status: 503, retryAfter: seconds }))(argument),
  },
  redirect: { meaning: '302 to another host name, where the document is', read: plain({ kind: 'redirect' }) },
  'wrong-signature': {
    meaning: 'a document whose signature does not hold',
    read: plain({ kind: 'spoil', how: 'wrong-signature' }),
  },
  garbage: { meaning: 'bytes that are no document', read: plain({ kind: 'spoil', how: 'garbage' }) },
  'without-chain': {
    meaning: 'no header with the issuer chain',
    read: plain({ kind: 'spoil', how: 'without-chain' }),
  },
  gzip: { meaning: 'a body that nobody asked to be compressed', read: plain({ kind: 'spoil', how: 'gzip' }) },
  another: {
    meaning: 'a good document of another chip, family or authority',
    read: plain({ ...ISSUE, another: true }),
  },
  older: {
    argument: '[=DAYS]',
    meaning: 'the document of two days, or of so many, ago',
    read: counted(OLDER_BY_DAYS, (age) => ({ ...ISSUE, age })),
  },
  expired: { meaning: 'a document whose window is over', read: plain({ ...ISSUE, expired: true }) },
  oversized: {
    argument: '[=MIB]',
    meaning: 'a body of eight, or of so many, MiB',
    read: counted(OVERSIZED_MEBIBYTES, (mebibytes) => ({ kind: 'transfer', how: 'oversized', mebibytes })),
  },
  endless: { meaning: 'a body without an end', read: plain({ kind: 'transfer', how: 'endless' }) },
  truncated: {
    meaning: 'half of the body, then the end of the connection',
    read: plain({ kind: 'transfer', how: 'truncated' }),
  },
};

const WIDTH = 24;

/** A line for each word: what may follow it, what it means. */
export function describeBehaviours(): readonly string[] {
  return Object.entries(WORDS).map(
    ([word, { argument = '', meaning }]) => `${word}${argument}`.padEnd(WIDTH) + meaning,
  );
}

/** Refuses (`request_invalid`) what is not in the form above. */
export function parseBehaviour(text: string): readonly BehaviourRule[] {
  const colon = text.lastIndexOf(':');
  const where = colon === -1 ? 'all' : text.slice(0, colon);
  if (!isWhere(where)) {
    refuse(
      'request_invalid',
      'request',
      `a behaviour is of kds, vcek, pcs or a path that begins with /, not of ${where}`,
    );
  }
  return text
    .slice(colon + 1)
    .split(',')
    .map((item) => ({ where, behaviour: parseWord(item) }));
}

function parseWord(item: string): Behaviour {
  const [name = '', ...rest] = item.split('=');
  const word = Object.hasOwn(WORDS, name) ? WORDS[name] : undefined;
  const behaviour = word?.read(rest.join('=')) ?? null;
  if (behaviour === null) {
    const known = describeBehaviours().join('\n  ');
    refuse('request_invalid', 'request', `${item} is no behaviour; these are:\n  ${known}`);
  }
  return behaviour;
}

function isWhere(where: string): where is Where {
  return ['all', 'kds', 'vcek', 'pcs'].includes(where) || where.startsWith('/');
}
