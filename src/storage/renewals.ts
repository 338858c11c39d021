/** Renewals of tokens: terms of the decisions that allow one, proofs of possession that were spent, new tokens. */
import type { RenewalCommit, RenewalStore } from '../verifier/renewal-ports.js';
import type { Database, Row, Statement } from './database.js';
import { holdingEpochs } from './decision-commit.js';
import { readDecision } from './decision-row.js';
import { purgeInBatches } from './purge.js';
import { bigintOf, booleanOf, dateOf, firstOf, nullable, objectOf, textOf, wordOf } from './row.js';

const FOUND = `
  SELECT decisions.*, tokens.kid AS signed_by,
         terms.until, terms.in_grace, terms.endorsement_epoch, terms.build, terms.key_thumbprint, terms.encryption_key
    FROM tokens
    JOIN decisions ON decisions.tenant = tokens.tenant AND decisions.id = tokens.decision
    JOIN renewable_decisions AS terms ON terms.tenant = tokens.tenant AND terms.decision = tokens.decision
   WHERE tokens.tenant = $1 AND tokens.jti = $2`;

/**
 * The conditions are judged in the statement that writes, whose snapshot is younger than the lock on the epochs. Of several
 * entries with one proof, here or elsewhere, the first spends it; the others wait for it and find themselves replayed. An
 * audience that is younger than the decision is another one of the same name, and so is one that is not as old as the one that
 * the token was made by, which may have been remembered. Keys change their states under the lock, too.
 */
const RENEWING = `
  WITH signer AS MATERIALIZED (
    SELECT kid FROM signing_keys WHERE tenant = $1 AND kid = $7 AND purpose = 'token' AND state = 'active'
  ), spent AS (
    INSERT INTO spent_proofs (tenant, proof_digest, expires_at)
    SELECT $1, $2::bytea, $3::timestamptz FROM signer
    ON CONFLICT DO NOTHING RETURNING tenant
  ), standing AS MATERIALIZED (
    SELECT decisions.tenant, decisions.id FROM decisions
      JOIN renewable_decisions AS terms ON terms.tenant = decisions.tenant AND terms.decision = decisions.id
      JOIN tenants ON tenants.tenant = decisions.tenant AND tenants.epoch = decisions.epoch
      JOIN endorsement_epochs AS realms ON realms.realm = $4 AND realms.epoch = terms.endorsement_epoch
      JOIN audiences ON audiences.tenant = decisions.tenant AND audiences.name = decisions.audience
       AND audiences.created_at <= decisions.recorded_at
       AND audiences.name = $10 AND audiences.created_at = $11
      JOIN tokens AS shown ON shown.tenant = decisions.tenant AND shown.decision = decisions.id AND shown.jti = $9
      JOIN signing_keys AS key ON key.tenant = shown.tenant AND key.kid = shown.kid AND key.state <> 'removed'
     WHERE decisions.tenant = $1 AND decisions.id = $5
  ), issued AS (
    INSERT INTO tokens (tenant, jti, decision, kid, expires_at, renews)
    SELECT standing.tenant, $6, standing.id, $7, $8, $9 FROM standing WHERE EXISTS (SELECT FROM spent)
  )
  SELECT CASE
      WHEN NOT EXISTS (SELECT FROM signer) THEN 'key_moved'
      WHEN NOT EXISTS (SELECT FROM spent) THEN 'replayed'
      WHEN EXISTS (SELECT FROM standing) THEN 'renewed'
      ELSE 'moved' END AS outcome`;

/** `forget`: called with an audience that may be another one, or none any more. */
export function renewalStore(
  database: Database,
  forget: (tenant: string, audience: string) => void = () => {},
): RenewalStore {
  return {
    async find(tenant, jti) {
      const { rows } = await database.read({ tenant, stage: 'issue' }, FOUND, [tenant, jti]);
      return firstOf(rows, (row) => ({
        decision: readDecision(row),
        signedBy: textOf(row, 'signed_by'),
        terms: readTerms(row),
      }));
    },
    async commit(entry) {
      const { tenant, realm, audience } = entry;
      const statements = [holdingEpochs(tenant, [realm]), renewing(entry)];
      const [, written] = await database.batch({ tenant, stage: 'issue' }, statements);
      const outcome = firstOf(written?.rows ?? [], (row) =>
        wordOf(row, 'outcome', ['renewed', 'replayed', 'moved', 'key_moved']),
      );
      if (outcome === null) throw new Error('a renewal was handed over and has no outcome');
      if (outcome === 'moved') forget(tenant, audience.name);
      return outcome;
    },
    purge: async (now) =>
      (await purgeInBatches(
        database,
        { table: 'spent_proofs', key: 'proof_digest', end: 'expires_at' },
        now,
      )) +
      (await purgeInBatches(database, { table: 'renewable_decisions', key: 'decision', end: 'until' }, now)),
  };
}

function renewing({ tenant, realm, decision, audience, renews, proof, token }: RenewalCommit): Statement {
  const values = [tenant, proof.digest, proof.expiresAt, realm, decision];
  return {
    name: 'assay-renew',
    text: RENEWING,
    values: [...values, token.jti, token.kid, token.expiresAt, renews, audience.name, audience.createdAt],
  };
}

function readTerms(row: Row) {
  return {
    until: dateOf(row, 'until'),
    inGrace: booleanOf(row, 'in_grace'),
    endorsementEpoch: bigintOf(row, 'endorsement_epoch'),
    build: textOf(row, 'build'),
    keyThumbprint: textOf(row, 'key_thumbprint'),
    encryptionKey: nullable(objectOf, row, 'encryption_key'),
  };
}
