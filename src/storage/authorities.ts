/** Authorities of audiences, their keys encrypted. Replicas that need one at the same moment end with one. */
import type { AuthorityStore, StoredAuthority } from '../verifier/authority-ports.js';
import { lockExclusively } from './advisory-lock.js';
import type { Database, Row, Transaction } from './database.js';
import { bytesOf, dateOf, firstOf, textOf, wordOf } from './row.js';

const PRESENT =
  'SELECT * FROM audience_authorities WHERE tenant = $1 AND audience = $2 AND removed_at IS NULL';
const REMOVING = `
  WITH removed AS (
    UPDATE audience_authorities SET wrapped = NULL, removed_at = $2, reason = $3
     WHERE tenant = $1 AND removed_at IS NULL RETURNING audience, kid, removed_at
  )
  SELECT * FROM removed ORDER BY audience`;

export function authorityStore(database: Database): AuthorityStore {
  return {
    async ensure(tenant, audience, mint) {
      const scope = { tenant, stage: 'issue' } as const;
      const { rows } = await database.read(scope, PRESENT, [tenant, audience]);
      const present = firstOf(rows, authorityOfRow);
      if (present !== null) return present;
      const minted = await mint();
      return database.transaction(scope, async (tx) => {
        await lockExclusively(tx, 'audience-authority', tenant, audience);
        // Read again: whoever held the lock before may have made one.
        const made = await readAuthority(tx, tenant, audience);
        if (made !== null) return made;
        await insertAuthority(tx, minted);
        return minted;
      });
    },

    async removeAll(tenant, reason, at) {
      const { rows } = await database.transaction({ tenant }, (tx) =>
        tx.query(REMOVING, [tenant, at, reason]),
      );
      return rows.map((row) => ({
        audience: textOf(row, 'audience'),
        kid: textOf(row, 'kid'),
        removedAt: dateOf(row, 'removed_at'),
      }));
    },
  };
}

async function readAuthority(
  tx: Transaction,
  tenant: string,
  audience: string,
): Promise<StoredAuthority | null> {
  const { rows } = await tx.query(PRESENT, [tenant, audience]);
  return firstOf(rows, authorityOfRow);
}

async function insertAuthority(tx: Transaction, authority: StoredAuthority): Promise<void> {
  await tx.query(
    `INSERT INTO audience_authorities (tenant, audience, purpose, kid, certificate, not_before, not_after, wrapped)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      authority.tenant,
      authority.audience,
      authority.purpose,
      authority.kid,
      authority.certificate,
      authority.notBefore,
      authority.notAfter,
      authority.wrapped,
    ],
  );
}

function authorityOfRow(row: Row): StoredAuthority {
  return {
    tenant: textOf(row, 'tenant'),
    audience: textOf(row, 'audience'),
    purpose: wordOf(row, 'purpose', ['audience-authority']),
    kid: textOf(row, 'kid'),
    certificate: bytesOf(row, 'certificate'),
    notBefore: dateOf(row, 'not_before'),
    notAfter: dateOf(row, 'not_after'),
    wrapped: bytesOf(row, 'wrapped'),
  };
}
