/** What must not be read where: the clock, the environment, the network, files, randomness. As data. */
export interface PurityRule {
  readonly id: string;
  /** Words in a row, as tokens: `['Date', '.', 'now']`. */
  readonly phrases: readonly (readonly string[])[];
  /** Node's own modules that give the same thing. */
  readonly modules: readonly string[];
  /** Where it is forbidden; every place of src/ when empty. */
  readonly forbiddenIn: readonly string[];
  readonly allowedIn: readonly string[];
  readonly reason: string;
}

/** Places whose functions are pure: what they need to know is an argument. */
export const PURE = [
  'rats/',
  'bytes/',
  'pki/',
  'tee/',
  'appraisal/',
  'token/ear',
  'token/ear-dotted',
  'token/profile',
  'token/public-claims',
  'verifier/',
] as const;

/** Files that start a process and so may look at the world around it. */
const ENTRIES = [
  'platform/',
  'config',
  'config/',
  'main',
  'workers/worker',
  'cli/',
  'agent/main',
  'agent/entry',
] as const;

export const PURITY: readonly PurityRule[] = [
  {
    id: 'purity-clock',
    phrases: [
      ['Date', '.', 'now'],
      ['new', 'Date', '(', ')'],
      ['new', 'Date', ';'],
      ['performance', '.', 'now'],
    ],
    modules: ['node:perf_hooks'],
    forbiddenIn: [],
    allowedIn: [...ENTRIES, 'client/world'],
    reason: 'Instants are arguments: the use case reads the clock once, and every check shares that instant.',
  },
  {
    id: 'purity-environment',
    phrases: [['process', '.', 'env']],
    modules: [],
    forbiddenIn: [],
    allowedIn: ENTRIES,
    reason: 'Settings come from one place that reports all mistakes at once.',
  },
  {
    id: 'purity-network',
    phrases: [['fetch', '(']],
    modules: ['node:http', 'node:https', 'node:http2', 'node:net', 'node:tls', 'node:dgram', 'node:dns'],
    forbiddenIn: [],
    allowedIn: [
      ...ENTRIES,
      'http/',
      'client/world',
      'client/proxy/',
      'client/endpoint/',
      'agent/exchange',
      'agent/local-socket',
      'endorsements/transport',
      'endorsements/public-address',
      'simulator/service/vendor-service',
      'simulator/service/sending',
    ],
    reason: 'Verification does no input and output; who may call out is a short list.',
  },
  {
    id: 'purity-files',
    phrases: [],
    modules: [
      'node:fs',
      'node:os',
      'node:process',
      'node:child_process',
      'node:cluster',
      'node:worker_threads',
    ],
    forbiddenIn: PURE,
    allowedIn: [],
    reason: 'The same function serves HTTP, command line, tests and forensics, so it reads no files.',
  },
  {
    id: 'purity-entropy',
    phrases: [
      ['randomBytes'],
      ['randomUUID'],
      ['randomInt'],
      ['getRandomValues'],
      ['generateKeyPair'],
      ['generateKeyPairSync'],
      ['Math', '.', 'random'],
    ],
    modules: [],
    forbiddenIn: PURE,
    allowedIn: [],
    reason: 'Randomness is handed in, so that every verdict can be repeated.',
  },
];

/** Places that must not know that simulated vendors exist. */
export const IGNORANT_OF_SIMULATION = ['tee/', 'pki/', 'bytes/', 'appraisal/'] as const;
