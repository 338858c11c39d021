/** Whose database this is: one issuer, one key-encryption key, the same for all replicas. */
import { equalBytes } from '../bytes/encoding.js';
import type { DeploymentStore, KeyWrap } from '../verifier/key-ports.js';
import type { Database, Session } from './database.js';
import { WrongKek } from './key-wrap.js';
import { StorageRefused } from './refused.js';
import { CHECK_CONTEXT, rewrapAll } from './rewrap.js';
import { bytesOf, firstOf, textOf } from './row.js';

const CHECK_VALUE = Buffer.from('assay kek check v1', 'utf8');

export function deploymentStore(database: Database): DeploymentStore {
  return {
    async confirm(issuer, kek) {
      const stored = await database.transaction({ tenant: null }, async (tx) => {
        await tx.query('INSERT INTO deployment (issuer, kek_check) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
          issuer,
          kek.wrap(CHECK_CONTEXT, CHECK_VALUE),
        ]);
        const { rows } = await tx.query('SELECT issuer, kek_check FROM deployment');
        return firstOf(rows, (row) => ({ issuer: textOf(row, 'issuer'), check: bytesOf(row, 'kek_check') }));
      });
      if (stored === null) throw new Error('the deployment row vanished');
      if (stored.issuer !== issuer) {
        throw new StorageRefused(
          `This database belongs to the issuer ${stored.issuer}, not ${issuer}. Replicas must agree: correct ASSAY_ISSUER, or change the database with "assay migrate --change-issuer ${issuer}".`,
        );
      }
      requireSameKek(kek, stored.check);
    },

    rewrap: (kek) => rewrapAll(database, kek),
  };
}

function requireSameKek(kek: KeyWrap, check: Uint8Array): void {
  try {
    if (equalBytes(kek.unwrap(CHECK_CONTEXT, check), CHECK_VALUE)) return;
  } catch (error) {
    if (error instanceof WrongKek) throw new StorageRefused(error.message, { cause: error });
    throw error;
  }
  throw new StorageRefused('The stored check value of the key-encryption key is not the one Assay writes.');
}

/** For the migration command: records another issuer. Returns a line that says what was done. */
export async function recordIssuer(session: Session, issuer: string): Promise<string> {
  const { count } = await session.query('UPDATE public.deployment SET issuer = $1', [issuer]);
  if (count === 0) return 'No issuer was recorded yet; the first start records it.';
  return `Recorded the issuer ${issuer}. Relying parties must be given the new one.`;
}
