/** Which of a tenant's policies applies, in one statement: a name, its version in force, and the epoch of that moment. */
import type { PolicyAnswer, PolicyQuestion } from '../verifier/policy-ports.js';
import type { Database, Row } from './database.js';
import { type EpochMemory, rememberByEpoch } from './epoch-memory.js';
import { bigintOf, firstOf, integerOf, nullable, textOf } from './row.js';

/** Of all tenants: some ten thousand workloads, each with a few words. */
const LIMITS = { entries: 32_768, bytes: 8 * 1024 * 1024 };
const WORDS = 64;

export function rememberPolicies(database: Database): EpochMemory<PolicyQuestion, PolicyAnswer> {
  return rememberByEpoch<PolicyQuestion, PolicyAnswer>({
    ask: (tenant, question) => askWhichPolicy(database, tenant, question),
    keyOf: (question) =>
      JSON.stringify(
        'workload' in question
          ? ['of', question.workload, question.otherwise]
          : ['named', question.name, question.version],
      ),
    // Whatever puts a version in force, or chooses a policy for a workload, raises the epoch. That a name or number is
    // not there is an answer by itself, which no commit holds to the epoch: it is asked for again.
    lasts: (question, { own }) => own !== null || 'workload' in question,
    sizeOf: ({ name }) => name.length + WORDS,
    limits: LIMITS,
  });
}

const OF_WORKLOAD = `
  SELECT tenants.epoch, coalesce(workloads.policy, $3) AS name, own.version, own.digest
    FROM tenants
    LEFT JOIN workloads ON workloads.tenant = tenants.tenant AND workloads.name = $2
    LEFT JOIN policy_versions AS own
      ON own.tenant = tenants.tenant AND own.policy = coalesce(workloads.policy, $3) AND own.state = 'active'
   WHERE tenants.tenant = $1`;

const IN_FORCE = `
  SELECT tenants.epoch, $2::text AS name, own.version, own.digest
    FROM tenants
    LEFT JOIN policy_versions AS own
      ON own.tenant = tenants.tenant AND own.policy = $2 AND own.state = 'active'
   WHERE tenants.tenant = $1`;

const NUMBERED = `
  SELECT tenants.epoch, $2::text AS name, own.version, own.digest
    FROM tenants
    LEFT JOIN policy_versions AS own
      ON own.tenant = tenants.tenant AND own.policy = $2 AND own.version = $3
   WHERE tenants.tenant = $1`;

async function askWhichPolicy(
  database: Database,
  tenant: string,
  question: PolicyQuestion,
): Promise<PolicyAnswer> {
  const [text, ...values] = statementOf(question);
  const { rows } = await database.read({ tenant, stage: 'appraise' }, text, [tenant, ...values]);
  const name = 'workload' in question ? question.otherwise : question.name;
  return firstOf(rows, readAnswer) ?? { epoch: 0n, name, own: null };
}

function statementOf(question: PolicyQuestion): readonly [string, ...(string | number | null)[]] {
  if ('workload' in question) return [OF_WORKLOAD, question.workload, question.otherwise];
  if (question.version === null) return [IN_FORCE, question.name];
  return [NUMBERED, question.name, question.version];
}

function readAnswer(row: Row): PolicyAnswer {
  const version = nullable(integerOf, row, 'version');
  return {
    epoch: bigintOf(row, 'epoch'),
    name: textOf(row, 'name'),
    own: version === null ? null : { version, digest: textOf(row, 'digest') },
  };
}
