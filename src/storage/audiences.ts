/**
 * Audiences: the relying parties that tokens are made for. None is ever changed or taken away (the service's role may only
 * add some), so one that was found is remembered; that it is still the same one is asked again by every commit. That there
 * is none is never remembered.
 */
import { Memory } from '../bytes/memory.js';
import { KEY_HEADERS, TOKEN_PROFILES, TOKEN_TYPS } from '../rats/token-form.js';
import type { Audience, AudienceStore } from '../verifier/reference-ports.js';
import { pageByTime, type TimedList } from './cursor.js';
import type { Database, Row } from './database.js';
import { booleanOf, dateOf, firstOf, integerOf, listOf, nullable, textOf, wordOf } from './row.js';

const NEWEST: TimedList<Audience> = {
  table: 'audiences',
  created: 'created_at',
  key: 'name',
  read: readAudience,
  position: (audience) => [audience.createdAt, audience.name],
};

/** Of all tenants. */
const REMEMBERED = { entries: 4096, bytes: 4 * 1024 * 1024 };
const WORDS = 512;

export interface RememberingAudienceStore extends AudienceStore {
  /** For whoever finds that it is another one, or none any more. */
  readonly forget: (tenant: string, name: string) => void;
}

export function audienceStore(database: Database): RememberingAudienceStore {
  const remembered = new Memory<Audience>(REMEMBERED);
  const keyOf = (tenant: string, name: string): string => `${tenant} ${name}`;
  return {
    create: (tenant, audience) =>
      database.transaction({ tenant }, async (tx) => {
        const { rows } = await tx.query(
          `INSERT INTO audiences
             (tenant, name, minimum_status, workloads, profile, alg, lifetime, key_binding, created_at,
              key_header, typ, client_id, aws_tags, max_token_bytes, renewal_seconds, token_encryption)
           VALUES ($1, $2, $3, $4::json, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
           ON CONFLICT DO NOTHING RETURNING *`,
          [
            tenant,
            audience.name,
            audience.minimumStatus,
            audience.workloads === null ? null : JSON.stringify(audience.workloads),
            audience.profile,
            audience.alg,
            audience.lifetime,
            audience.keyBinding,
            audience.createdAt,
            audience.keyHeader,
            audience.typ,
            audience.clientId,
            audience.awsTags,
            audience.maxTokenBytes,
            audience.renewalSeconds,
            audience.tokenEncryption,
          ],
        );
        return firstOf(rows, readAudience);
      }),
    async get(tenant, name) {
      const key = keyOf(tenant, name);
      const known = remembered.recall(key);
      if (known !== null) return known;
      const sql = 'SELECT * FROM audiences WHERE tenant = $1 AND name = $2';
      const { rows } = await database.read({ tenant, stage: 'bind' }, sql, [tenant, name]);
      const found = firstOf(rows, readAudience);
      if (found !== null) {
        const names = found.workloads?.reduce((sum, workload) => sum + workload.length, 0) ?? 0;
        remembered.remember(key, found, key.length + names + WORDS);
      }
      return found;
    },
    forget: (tenant, name) => remembered.forget(keyOf(tenant, name)),
    list: (tenant, page) => database.transaction({ tenant }, (tx) => pageByTime(tx, NEWEST, tenant, page)),
  };
}

function readAudience(row: Row): Audience {
  return {
    name: textOf(row, 'name'),
    minimumStatus: wordOf(row, 'minimum_status', ['affirming', 'warning']),
    workloads: nullable(listOf<string>, row, 'workloads'),
    profile: wordOf(row, 'profile', TOKEN_PROFILES),
    alg: wordOf(row, 'alg', ['ES256', 'RS256']),
    lifetime: integerOf(row, 'lifetime'),
    keyBinding: wordOf(row, 'key_binding', ['required', 'optional']),
    keyHeader: wordOf(row, 'key_header', KEY_HEADERS),
    typ: wordOf(row, 'typ', TOKEN_TYPS),
    clientId: nullable(textOf, row, 'client_id'),
    awsTags: booleanOf(row, 'aws_tags'),
    maxTokenBytes: integerOf(row, 'max_token_bytes'),
    renewalSeconds: integerOf(row, 'renewal_seconds'),
    tokenEncryption: wordOf(row, 'token_encryption', ['when-key', 'never']),
    createdAt: dateOf(row, 'created_at'),
  };
}
