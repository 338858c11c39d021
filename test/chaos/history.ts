/** A small flawless history as the kill test keeps it, for tests to falsify in one respect. */

export interface Violation {
  readonly rule: string;
  readonly what: string;
}

/** Seen from the built test: scripts are not compiled. */
const CHECKS = new URL('../../../scripts/chaos/checks.mjs', import.meta.url).href;
export const { findViolations }: { findViolations: (history: History, found: Found | null) => Violation[] } =
  await import(CHECKS);

const KID = 'key-1';
const MINUTE = 60_000;
export const NOW = 1_000 * MINUTE;
export const [OLD_LIST, NEW_LIST] = ['1'.repeat(64), '2'.repeat(64)] as const;
const LIST_NAME = 'snp-vcek-crl of Milan';

export interface Token {
  fault: string | null;
  jti: string;
  kid: string;
  audience: string;
  decision: string;
  workload: string;
  version: number;
  evidenceDigest: string;
}

export interface Send {
  sent: number;
  ended: number | null;
  status: number | null;
  code: string | null;
  token: Token | null;
  decided: Record<string, unknown> | null | undefined;
  excused: boolean;
}

export interface Act {
  verb: string;
  to?: string;
  sent: number;
  ended: number | null;
  status: number | null;
  code?: string | null;
  state: string | null;
  excused?: boolean;
}

export type History = ReturnType<typeof flawlessHistory>;
export type Found = ReturnType<typeof flawlessDatabase>;

export function tokenOf(decision: string): Token {
  const rest = { audience: 'steady', workload: 'steady', version: 1, evidenceDigest: 'e1' };
  return { fault: null, jti: `jti-${decision}`, kid: KID, decision, ...rest };
}

export function decisionOf(token: Token): Record<string, unknown> {
  const { audience, workload, version, evidenceDigest } = token;
  return { status: 'affirming', code: null, audience, workload, version, evidenceDigest };
}

/** A submission with a token; `more` says what is different. */
export function issued(decision: string, sent: number, more: Partial<Send> = {}): Send {
  const token = tokenOf(decision);
  const usual = { sent, ended: sent + 1, status: 200, code: null, excused: false };
  return { ...usual, token, decided: decisionOf(token), ...more };
}

/** A submission without one. */
export function refused(sent: number, status: number | null, code: string | null = null): Send {
  return { sent, ended: sent + 1, status, code, token: null, decided: undefined, excused: false };
}

function challenge(number: number, sends: Send[], version: string | null = null) {
  const expiresAt = NOW + MINUTE;
  return {
    number,
    nonceDigest: `nonce-${number}`,
    audience: 'steady',
    tee: 'tdx',
    version,
    expiresAt,
    sends,
  };
}

/**
 * Challenge 1: a token, then a replay. Challenge 2: cut off by a kill, and found unspent. Challenge 3: cut off, and
 * found spent. Reference values 1: made, active, revoked, a guest before and after. Two imports, the second cut off.
 */
export function flawlessHistory() {
  const values = { tee: 'sev-snp', covers: 'boot', match: { measurement: ['aa'] }, labels: {} };
  const done = (verb: string, to: string, sent: number): Act => ({
    ...{ verb, to, sent, ended: sent + 1, status: verb === 'create' ? 201 : 200 },
    ...{ code: null, state: to, excused: false },
  });
  const look = (sent: number, state: string): Act => ({
    ...{ verb: 'observe', sent, ended: sent + 1, status: 200, state },
  });
  return {
    finished: true,
    now: NOW,
    keys: [[KID], [KID]],
    challenges: [
      challenge(1, [issued('dec-1', 1), refused(3, 409, 'nonce_replayed')]),
      challenge(2, [refused(5, null), issued('dec-2', 7)]),
      challenge(3, [refused(9, null), refused(11, 409, 'nonce_replayed')]),
      challenge(4, [issued('dec-4', 24)], 'aa'),
      challenge(5, [refused(30, 403, 'measurement_not_allowed')], 'aa'),
    ],
    versions: [
      {
        label: 'aa',
        number: 1,
        body: values,
        acts: [
          done('create', 'draft', 20),
          done('activate', 'active', 22),
          look(26, 'active'),
          done('revoke', 'revoked', 28),
          look(32, 'revoked'),
        ],
      },
    ],
    listed: [{ number: 1, label: 'aa', body: values }],
    documents: new Map([
      [OLD_LIST, { generation: 1 }],
      [NEW_LIST, { generation: 2 }],
    ]),
    imports: [
      {
        ...{ generation: 1, sent: 40, ended: 41, status: 200 as number | null, code: null as string | null },
        ...{ excused: false, rejected: [] as { file: string; code: string }[] },
        imported: [{ kind: 'snp-vcek-crl', sha256: OLD_LIST as string, state: 'current' }],
      },
      {
        ...{ generation: 2, sent: 42, ended: 43, status: null, code: null, excused: false, rejected: [] },
        imported: [],
      },
    ],
    currents: [
      { tick: 44, current: { [LIST_NAME]: OLD_LIST as string }, stored: null },
      {
        tick: 46,
        current: { [LIST_NAME]: NEW_LIST as string },
        stored: { [OLD_LIST]: LIST_NAME, [NEW_LIST]: LIST_NAME } as Record<string, string>,
      },
    ],
    starts: [
      { ms: 30_000, cpuMs: 9_000, after: 'at its first start', first: true },
      { ms: 900, cpuMs: 700, after: 'under load', first: false },
    ],
    outages: [{ how: 'immediate', ms: 400 as number | null }],
    surprises: [] as { rule: string; what: string; said: string }[],
  };
}

export function flawlessDatabase() {
  const row = (decision: string, nonceDigest: string) => {
    const token = tokenOf(decision);
    return [token.jti, { ...decisionOf(token), decision, kid: KID, nonceDigest }] as const;
  };
  const document = (sha256: string) => ({
    ...{ kind: 'snp-vcek-crl', subject: 'Milan', sha256, actual: sha256, fault: null as string | null },
  });
  return {
    tick: 50,
    tokens: new Map<string, Record<string, unknown>>([
      row('dec-1', 'nonce-1'),
      row('dec-2', 'nonce-2'),
      row('dec-3', 'nonce-3'),
      row('dec-4', 'nonce-4'),
    ]),
    documents: [document(OLD_LIST), document(NEW_LIST)],
    halves: [{ name: 'tokens without a decision', count: 0 }],
  };
}
