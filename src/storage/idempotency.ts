/**
 * Idempotency keys: a creating request that is repeated gets the first one's reply. The claim is written
 * before the work and the reply after it, in transactions of their own, since the work has its own.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { equalBytes } from '../bytes/encoding.js';
import type { JsonObject } from '../rats/result.js';
import { refuseState } from '../rats/shared-refusals.js';
import type { IdempotencyStore } from '../verifier/key-ports.js';
import type { Database, Row } from './database.js';
import { bytesOf, firstOf, integerOf, nullable, objectOf } from './row.js';

/** Milliseconds for which a reply can be repeated. */
const KEPT = 24 * 60 * 60 * 1000;
/** Milliseconds after which a claim without a reply counts as abandoned: far longer than any request may take. */
const ABANDONED = 60 * 1000;
/** How often and how far apart a repetition looks for the reply of a first call that is still at work. */
const LOOKS = 40;
const PAUSE = 50;

interface Reply {
  readonly status: number;
  readonly body: JsonObject;
}

interface Slot {
  readonly tenant: string;
  readonly route: string;
  readonly key: string;
}

export function idempotencyStore(database: Database): IdempotencyStore {
  return {
    async once(tenant, route, key, bodyDigest, now, work) {
      const slot: Slot = { tenant, route, key };
      const claim = randomUUID();
      for (let look = 0; look < LOOKS; look += 1) {
        if (look > 0) await delay(PAUSE);
        const held = await claimOrRead(database, slot, { claim, bodyDigest, now });
        if (held === 'ours') return perform(database, slot, claim, work);
        if (!equalBytes(held.bodyDigest, bodyDigest)) return 'conflict';
        if (held.reply !== null) return held.reply;
      }
      return refuseState(
        'A request with this Idempotency-Key is still being worked on. Repeat it to get its reply.',
      );
    },
  };
}

interface Claim {
  readonly claim: string;
  readonly bodyDigest: Uint8Array;
  readonly now: Date;
}

interface Held {
  readonly bodyDigest: Uint8Array;
  readonly reply: Reply | null;
}

/** Takes the slot when it is free, abandoned or past its time; otherwise says what is in it. */
function claimOrRead(database: Database, slot: Slot, wanted: Claim): Promise<Held | 'ours'> {
  const { tenant, route, key } = slot;
  return database.transaction({ tenant }, async (tx) => {
    await tx.query(
      `DELETE FROM idempotency_keys
        WHERE tenant = $1 AND (claimed_at < $2 OR (claimed_at < $3 AND reply IS NULL))`,
      [tenant, before(wanted.now, KEPT), before(wanted.now, ABANDONED)],
    );
    const { count } = await tx.query(
      `INSERT INTO idempotency_keys (tenant, route, key, body_digest, claim, claimed_at)
       VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
      [tenant, route, key, wanted.bodyDigest, wanted.claim, wanted.now],
    );
    if (count > 0) return 'ours';
    const { rows } = await tx.query(
      'SELECT * FROM idempotency_keys WHERE tenant = $1 AND route = $2 AND key = $3',
      [tenant, route, key],
    );
    // Gone in between: the first call failed and gave the slot back. The next look takes it.
    return firstOf(rows, readHeld) ?? { bodyDigest: wanted.bodyDigest, reply: null };
  });
}

/** A failure gives the slot back, so that the same request can be tried again. */
async function perform(
  database: Database,
  slot: Slot,
  claim: string,
  work: () => Promise<Reply>,
): Promise<Reply> {
  const ours = [slot.tenant, slot.route, slot.key, claim] as const;
  const where = 'WHERE tenant = $1 AND route = $2 AND key = $3 AND claim = $4';
  const scope = { tenant: slot.tenant };
  try {
    const reply = await work();
    await database.transaction(scope, (tx) =>
      tx.query(`UPDATE idempotency_keys SET status = $5, reply = $6::json ${where}`, [
        ...ours,
        reply.status,
        JSON.stringify(reply.body),
      ]),
    );
    return reply;
  } catch (error) {
    // When this fails too, the claim is abandoned after a while; the first failure is the one to report.
    await database
      .transaction(scope, (tx) => tx.query(`DELETE FROM idempotency_keys ${where}`, ours))
      .catch(() => {});
    throw error;
  }
}

function readHeld(row: Row): Held {
  const status = nullable(integerOf, row, 'status');
  const body = nullable(objectOf, row, 'reply');
  const reply = status === null || body === null ? null : { status, body };
  return { bodyDigest: bytesOf(row, 'body_digest'), reply };
}

function before(now: Date, milliseconds: number): Date {
  return new Date(now.getTime() - milliseconds);
}
