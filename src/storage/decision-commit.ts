/**
 * The transaction that makes decisions durable: spent challenges, decisions, tokens. Each entry is written whole or
 * not at all, whatever becomes of the others; the conditions are judged in the statement that writes.
 */
import type { Realm } from '../rats/endorsement.js';
import type { DecisionCommit } from '../verifier/decision-ports.js';
import { lockNumber } from './advisory-lock.js';
import type { Database, Statement } from './database.js';
import { DECISION_COLUMNS, decisionValues } from './decision-row.js';
import { ENDORSEMENT_EPOCH_LOCK } from './endorsement-epoch.js';
import { EPOCH_LOCK } from './epoch.js';
import { textOf, wordOf } from './row.js';

export const COMMIT_OUTCOMES = [
  'committed',
  'replayed',
  'epoch_moved',
  'key_moved',
  'audience_moved',
] as const;
export type CommitOutcome = (typeof COMMIT_OUTCOMES)[number];

/** All of one tenant; one outcome for each, in their order. */
export async function commitDecisions(
  database: Database,
  tenant: string,
  entries: readonly DecisionCommit[],
): Promise<readonly CommitOutcome[]> {
  const [, written] = await database.batch({ tenant, stage: 'issue' }, [
    holdingEpochs(
      tenant,
      entries.flatMap(({ endorsements }) => endorsements?.realm ?? []),
    ),
    writing(entries),
  ]);
  const outcomes = new Map(
    (written?.rows ?? []).map((row) => [textOf(row, 'id'), wordOf(row, 'outcome', COMMIT_OUTCOMES)]),
  );
  return entries.map(({ decision }) => {
    const outcome = outcomes.get(decision.id);
    if (outcome === undefined) throw new Error('a decision was handed over and has no outcome');
    return outcome;
  });
}

/**
 * The epochs stand still until the transaction ends: a revocation that was answered, be it the tenant's or a vendor's, is
 * seen, a later one waits. So do the tenant's signing keys, whose states change under the lock of its epoch.
 */
export function holdingEpochs(tenant: string, realms: readonly Realm[]): Statement {
  const locks = [...new Set(realms)].sort().map((realm) => lockNumber(ENDORSEMENT_EPOCH_LOCK, realm));
  return {
    name: 'assay-hold-epochs',
    text: 'SELECT pg_advisory_xact_lock_shared(held.number) FROM unnest($1::bigint[]) AS held (number)',
    values: [[lockNumber(EPOCH_LOCK, tenant), ...locks]],
  };
}

/** What an entry brings besides its decision. */
const OTHERS = {
  epoch: 'bigint',
  realm: 'text',
  endorsement_epoch: 'bigint',
  nonce: 'bytea',
  spent_until: 'timestamptz',
  jti: 'text',
  kid: 'text',
  token_until: 'timestamptz',
  named_workload: 'text',
  audience_since: 'timestamptz',
  renewable_until: 'timestamptz',
  in_grace: 'boolean',
  build: 'text',
  key_thumbprint: 'text',
  encryption_key: 'json',
} as const;

/** Kept beside the record: what it was made under. */
const NAMES = [...Object.keys(DECISION_COLUMNS), 'epoch', 'named_workload'];
const GIVEN = { ...OTHERS, ...DECISION_COLUMNS };
const GIVEN_TYPES = Object.values(GIVEN);

/** `($1::bigint, $2::bytea, …), ($32::bigint, …), …` */
function rowsOf(count: number): string {
  const row = (index: number): string => {
    const places = GIVEN_TYPES.map((type, place) => `$${index * GIVEN_TYPES.length + place + 1}::${type}`);
    return `(${places.join(', ')})`;
  };
  return Array.from({ length: count }, (_, index) => row(index)).join(', ');
}

/**
 * Its snapshot is younger than the lock, which is why it is a statement of its own. `spent`: of several entries with
 * one nonce, here or elsewhere, the first; the others wait for it and find themselves replayed. `wanted`: for the very
 * audience that was judged for, which may have been remembered.
 */
function statementFor(count: number): string {
  return `
  WITH given (${Object.keys(GIVEN).join(', ')}) AS MATERIALIZED (VALUES ${rowsOf(count)}),
  wanted AS MATERIALIZED (
    SELECT given.* FROM given
     WHERE given.audience_since IS NULL OR EXISTS (
       SELECT FROM audiences WHERE audiences.tenant = given.tenant AND audiences.name = given.audience
          AND audiences.created_at = given.audience_since)
  ), present AS MATERIALIZED (
    SELECT wanted.* FROM wanted
     WHERE (wanted.epoch IS NULL
        OR wanted.epoch = (SELECT tenants.epoch FROM tenants WHERE tenants.tenant = wanted.tenant))
       AND (wanted.realm IS NULL
        OR wanted.endorsement_epoch = (SELECT realms.epoch FROM endorsement_epochs AS realms
                                        WHERE realms.realm = wanted.realm))
  ), signed AS MATERIALIZED (
    SELECT present.* FROM present
     WHERE present.kid IS NULL OR EXISTS (
       SELECT FROM signing_keys AS key WHERE key.tenant = present.tenant AND key.kid = present.kid
          AND key.purpose = 'token' AND key.state = 'active')
  ), spent AS (
    INSERT INTO spent_challenges (tenant, nonce_digest, decision, expires_at)
    SELECT tenant, nonce, id, spent_until FROM signed WHERE nonce IS NOT NULL ORDER BY nonce
    ON CONFLICT DO NOTHING RETURNING decision
  ), accepted AS MATERIALIZED (
    SELECT * FROM signed WHERE nonce IS NULL OR id IN (SELECT decision FROM spent)
  ), decided AS (
    INSERT INTO decisions (${NAMES.join(', ')}) SELECT ${NAMES.join(', ')} FROM accepted
  ), issued AS (
    INSERT INTO tokens (tenant, jti, decision, kid, expires_at)
    SELECT tenant, jti, id, kid, token_until FROM accepted WHERE jti IS NOT NULL
  ), renewable AS (
    INSERT INTO renewable_decisions
      (tenant, decision, until, in_grace, endorsement_epoch, build, key_thumbprint, encryption_key)
    SELECT tenant, id, renewable_until, in_grace, endorsement_epoch, build, key_thumbprint, encryption_key
      FROM accepted WHERE renewable_until IS NOT NULL
  )
  SELECT given.id, CASE
      WHEN EXISTS (SELECT FROM accepted WHERE accepted.id = given.id) THEN 'committed'
      WHEN EXISTS (SELECT FROM signed WHERE signed.id = given.id) THEN 'replayed'
      WHEN EXISTS (SELECT FROM present WHERE present.id = given.id) THEN 'key_moved'
      WHEN EXISTS (SELECT FROM wanted WHERE wanted.id = given.id) THEN 'epoch_moved'
      ELSE 'audience_moved' END AS outcome
    FROM given`;
}

/** By number of entries, of which a group has few. */
const statements = new Map<number, string>();

function writing(entries: readonly DecisionCommit[]): Statement {
  const text = statements.get(entries.length) ?? statementFor(entries.length);
  statements.set(entries.length, text);
  const values = entries.flatMap(
    ({ decision, spend, token, epoch, endorsements, named, audienceSince, renewal }) => [
      epoch === null ? null : epoch.toString(),
      endorsements?.realm ?? null,
      endorsements?.epoch.toString() ?? null,
      spend?.nonceDigest ?? null,
      spend?.expiresAt ?? null,
      token?.jti ?? null,
      token?.kid ?? null,
      token?.expiresAt ?? null,
      named ?? null,
      audienceSince ?? null,
      renewal?.until ?? null,
      renewal?.inGrace ?? null,
      renewal?.build ?? null,
      renewal?.keyThumbprint ?? null,
      renewal?.encryptionKey ? JSON.stringify(renewal.encryptionKey) : null,
      ...decisionValues(decision),
    ],
  );
  return { name: `assay-commit-${entries.length}`, text, values };
}
