/**
 * Who may import whom inside src/, as data. The longest matching place wins, so a file may have a rule of its
 * own. Places end in `/` for a folder; anything else is one file without its extension.
 */
export interface Layer {
  /** Name of the rule and of the fixture that breaks it. */
  readonly id: string;
  readonly places: readonly string[];
  /** Places it may import; its own places always. */
  readonly may: readonly string[];
  /** Places of which it may know the types alone. */
  readonly mayTypes?: readonly string[];
  readonly reason: string;
}

/** What the use cases need from the outside, by subject. */
const PORTS = [
  'verifier/ports',
  'verifier/authority-ports',
  'verifier/decision-ports',
  'verifier/endorsement-ports',
  'verifier/key-ports',
  'verifier/policy-ports',
  'verifier/reference-ports',
  'verifier/sighting-ports',
  'verifier/refresh-ports',
  'verifier/renewal-ports',
  'verifier/vendor-ports',
];

export const LAYERS: readonly Layer[] = [
  {
    id: 'layer-rats',
    places: ['rats/'],
    may: [],
    reason: 'The vocabulary stands alone: whatever it imported, everybody would import.',
  },
  {
    id: 'layer-bytes',
    places: ['bytes/'],
    may: ['rats/'],
    reason: 'Reading bytes needs no more than a way to refuse.',
  },
  {
    id: 'layer-platform',
    places: ['platform/'],
    may: ['rats/', 'bytes/'],
    mayTypes: [...PORTS, 'verifier/record'],
    reason: 'Clock, entropy, log and metrics serve the use cases through interfaces and know none of them.',
  },
  {
    id: 'layer-pinned-anchors',
    places: ['platform/pinned-anchors'],
    may: ['rats/', 'bytes/', 'pki/', 'tee/snp/pins', 'tee/tdx/pins'],
    reason: 'Reads the pinned roots from disk, and so needs certificates and the digests to hold them to.',
  },
  {
    id: 'layer-pki',
    places: ['pki/'],
    may: ['rats/', 'bytes/'],
    reason: 'Certificates and signatures are the same for every vendor.',
  },
  {
    id: 'layer-tee-scheme',
    places: ['tee/scheme'],
    may: ['rats/'],
    mayTypes: ['tee/tsm-report'],
    reason: 'The contract between the pipeline and a TEE is words of the vocabulary only.',
  },
  {
    id: 'layer-tee-tsm-report',
    places: ['tee/tsm-report'],
    may: ['rats/', 'bytes/'],
    reason: 'Linux hands every TEE’s reports out in one form; what is in them is the TEE’s.',
  },
  {
    id: 'layer-tee-snp',
    places: ['tee/snp/'],
    may: ['rats/', 'bytes/', 'pki/', 'tee/scheme'],
    mayTypes: ['tee/tsm-report'],
    reason: 'A TEE knows its own formats; another TEE, storage and transport are none of its business.',
  },
  {
    id: 'layer-tee-tdx',
    places: ['tee/tdx/'],
    may: ['rats/', 'bytes/', 'pki/', 'tee/scheme'],
    mayTypes: ['tee/tsm-report'],
    reason: 'A TEE knows its own formats; another TEE, storage and transport are none of its business.',
  },
  {
    id: 'layer-tee-registry',
    places: ['tee/registry'],
    may: ['rats/', 'bytes/', 'tee/'],
    reason: 'The explicit list of TEEs is the one place that sees them all.',
  },
  {
    id: 'layer-appraisal',
    places: ['appraisal/'],
    may: ['rats/'],
    reason: 'Appraisal compares claims with reference values and policy; it never sees raw evidence.',
  },
  {
    id: 'layer-token-ear',
    places: ['token/ear', 'token/ear-dotted', 'token/profile', 'token/public-claims'],
    may: ['rats/'],
    reason: 'The claims set is a pure function of the result; signing is somebody else’s work.',
  },
  {
    id: 'layer-token',
    places: ['token/'],
    may: ['rats/', 'bytes/'],
    mayTypes: [...PORTS, 'verifier/requests', 'platform/'],
    reason: 'Keys and signing know what they sign, and reach storage and the clock only through ports.',
  },
  {
    id: 'layer-verifier',
    places: ['verifier/'],
    may: [
      'rats/',
      'bytes/',
      'pki/certification-request',
      'tee/registry',
      'tee/scheme',
      'appraisal/',
      'token/',
    ],
    mayTypes: ['platform/'],
    reason: 'The use cases own their ports: no transport, no database, no vendor in particular.',
  },
  {
    id: 'layer-endorsements',
    places: ['endorsements/'],
    may: ['rats/', 'bytes/', 'tee/registry', 'tee/scheme'],
    mayTypes: [...PORTS, 'verifier/requests', 'platform/'],
    reason: 'Transport of vendor documents is generic: schemes say as data what they need.',
  },
  {
    id: 'layer-storage',
    places: ['storage/'],
    may: ['rats/', 'bytes/'],
    mayTypes: [...PORTS, 'verifier/requests', 'platform/'],
    reason: 'Storage implements the verifier’s ports and decides nothing.',
  },
  {
    id: 'layer-identity',
    places: ['identity/'],
    may: ['rats/', 'bytes/'],
    mayTypes: [...PORTS, 'verifier/requests', 'platform/'],
    reason: 'Who is calling is decided without knowing what for.',
  },
  {
    id: 'layer-client',
    places: ['client/'],
    may: ['rats/', 'bytes/', 'token/dpop', 'token/http-uri'],
    reason:
      'Relying parties take it into their own programs: it knows how a token looks, and nothing of the service.',
  },
  {
    id: 'layer-http',
    places: ['http/'],
    may: ['rats/', 'bytes/', 'verifier/', 'identity/'],
    mayTypes: ['platform/', 'token/', 'endorsements/', 'appraisal/'],
    reason: 'Routes translate requests into use cases and are handed everything that does work.',
  },
  {
    id: 'layer-simulator',
    places: ['simulator/'],
    may: ['rats/', 'bytes/', 'pki/', 'tee/snp/layout', 'tee/snp/tcb'],
    reason: 'The miniature vendor makes formats; it must not reach into the service that judges them.',
  },
  {
    id: 'layer-config',
    places: ['config', 'config/'],
    may: ['rats/'],
    reason: 'Configuration is read before anything else exists.',
  },
  {
    id: 'layer-agent',
    places: ['agent/'],
    may: ['rats/', 'bytes/', 'pki/key-file', 'platform/file-access'],
    reason:
      'One file for guests: it shares the words and the binding with the service, and nothing that runs there.',
  },
  {
    id: 'layer-cli',
    places: ['cli/'],
    may: [
      'agent/main',
      'rats/',
      'bytes/',
      'pki/',
      'tee/registry',
      'tee/scheme',
      'appraisal/',
      'verifier/',
      'endorsements/',
      'simulator/',
      'platform/',
      'storage/index',
      'identity/api-key',
      'client/',
      'config',
      'compose',
      'compose/crypto',
      'compose/vendors',
      'main',
    ],
    reason: 'Offline commands run the verifier themselves; operators’ commands go over HTTP like anybody’s.',
  },
  {
    id: 'layer-main',
    places: ['main'],
    may: [
      'rats/',
      'config',
      'platform/',
      'service',
      'storage/refused',
      'workers/supervisor',
      'workers/refused',
    ],
    reason: 'Start, signals, stop; composition is compose.ts.',
  },
  {
    id: 'layer-service',
    places: ['service'],
    may: ['config', 'compose', 'http/server', 'platform/'],
    mayTypes: ['workers/membership'],
    reason: 'Listening and closing; what answers comes from compose.ts.',
  },
  {
    id: 'layer-composed-parts',
    places: ['compose/'],
    may: [
      'appraisal/',
      'rats/',
      'config',
      'endorsements/',
      'platform/',
      'simulator/',
      'storage/',
      'tee/',
      'token/',
      'verifier/',
    ],
    mayTypes: ['http/parts'],
    reason:
      'Parts of the composition that would hide the rest of it; none of them picks an implementation for another.',
  },
  {
    id: 'layer-composed-crypto',
    places: ['compose/crypto'],
    may: ['config', 'platform/', 'pki/signature'],
    mayTypes: ['pki/ecdsa-native'],
    reason:
      'Hands the native addon, which is read from disk, to the one file that knows of two implementations.',
  },
  {
    id: 'layer-workers',
    places: ['workers/'],
    may: ['config', 'platform/', 'http/rate-count', 'http/free-port'],
    reason: 'The primary process starts, counts and stops; it has no key, no database and no request.',
  },
  {
    id: 'layer-worker',
    places: ['workers/worker'],
    may: ['config', 'main', 'platform/', 'service', 'workers/'],
    reason: 'A worker is the service with a line to the primary process.',
  },
];

/** Only this file sees everything: it picks the implementations. */
export const COMPOSITION_ROOT = 'compose';
