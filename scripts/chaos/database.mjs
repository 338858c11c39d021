// The tables as they are, in statements that each see one instant.
export const TENANT = 'simulated';

const TOKENS = `
  SELECT token.jti, token.kid, token.decision, decision.status, decision.code, decision.audience,
         decision.workload, decision.reference_version AS version, decision.evidence_digest,
         encode(spent.nonce_digest, 'hex') AS nonce_digest
    FROM tokens AS token
    LEFT JOIN decisions AS decision ON decision.tenant = token.tenant AND decision.id = token.decision
    LEFT JOIN spent_challenges AS spent ON spent.tenant = token.tenant AND spent.decision = token.decision
   WHERE token.tenant = '${TENANT}'`;

const DOCUMENTS = `
  SELECT kind, subject, sha256, encode(sha256(document), 'hex') AS actual
    FROM endorsements WHERE realm = '${TENANT}'`;

const BYTES = `SELECT kind, subject, sha256, document FROM endorsements WHERE realm = '${TENANT}'`;

/**
 * What only half of a transaction would leave behind; each must count 0. Spent challenges are purged ten minutes
 * after they expired, so decisions are held against them for ten minutes.
 */
const HALVES = {
  'tokens without a decision that allows one': `
    SELECT FROM tokens AS token WHERE NOT EXISTS (
      SELECT FROM decisions AS decision WHERE decision.tenant = token.tenant
         AND decision.id = token.decision AND decision.code IS NULL)`,
  'decisions that allow a token and have none': `
    SELECT FROM decisions AS decision WHERE act = 'attest' AND code IS NULL AND NOT EXISTS (
      SELECT FROM tokens AS token WHERE token.tenant = decision.tenant AND token.decision = decision.id)`,
  'spent challenges without their decision': `
    SELECT FROM spent_challenges AS spent WHERE NOT EXISTS (
      SELECT FROM decisions AS decision WHERE decision.tenant = spent.tenant AND decision.id = spent.decision)`,
  'decisions whose challenge is not spent': `
    SELECT FROM decisions AS decision
     WHERE act = 'attest' AND recorded_at > now() - interval '10 minutes' AND NOT EXISTS (
      SELECT FROM spent_challenges AS spent
       WHERE spent.tenant = decision.tenant AND spent.decision = decision.id)`,
  'reference values whose index says otherwise than their state': `
    SELECT FROM reference_values AS value WHERE (state = 'active') <> EXISTS (
      SELECT FROM reference_value_index AS entry WHERE entry.tenant = value.tenant
         AND entry.workload = value.workload AND entry.version = value.version)`,
  'tenants with more than one active signing key': `
    SELECT FROM signing_keys WHERE state = 'active' GROUP BY tenant, purpose, alg HAVING count(*) > 1`,
};

/** Every stored document with its bytes. */
export function readDocuments(engine) {
  return engine.ask(BYTES);
}

/** `{ tick, tokens, documents, halves }` as the checks read them; what was answered before `tick` must be there. */
export async function readDatabase(engine, tick) {
  const counts = Object.values(HALVES).map(
    (query, index) => `(SELECT count(*)::int FROM (${query}) AS q) AS c${index}`,
  );
  const tokens = await engine.ask(TOKENS);
  const documents = await engine.ask(DOCUMENTS);
  const [row] = await engine.ask(`SELECT ${counts.join(', ')}`);
  return {
    tick,
    tokens: new Map(
      tokens.map(({ jti, evidence_digest: evidenceDigest, nonce_digest: nonceDigest, ...rest }) => [
        jti,
        { ...rest, evidenceDigest, nonceDigest },
      ]),
    ),
    documents,
    halves: Object.keys(HALVES).map((name, index) => ({ name, count: row[`c${index}`] })),
  };
}
