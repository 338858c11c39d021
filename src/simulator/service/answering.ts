/** From what was asked, and the behaviours that concern it, to a reply. */
import { randomUUID } from 'node:crypto';
import type { SimulatedAmd } from '../amd/vendor.js';
import type { SimulatedIntel } from '../intel/vendor.js';
import type { Asked } from './asked.js';
import { type BehaviourRule, parseBehaviour } from './behaviour.js';
import { type Issue, newest } from './issue.js';
import { createKds } from './kds.js';
import { createPcs } from './pcs.js';
import { rationOf, type Take } from './ration.js';
import type { Recovery } from './recovery.js';
import { type Declined, declinedReply, type Reply } from './reply.js';
import type { Transfer } from './sending.js';
import { spoil } from './spoil.js';

/** A rule and what it has counted. */
export interface Rule extends BehaviourRule {
  /** Null: it does not count. */
  readonly take: Take | null;
}

/** In the words of `parseBehaviour`; counting begins anew. */
export function rulesOf(behaviour: readonly string[]): readonly Rule[] {
  return behaviour
    .flatMap(parseBehaviour)
    .map((rule) => ({ ...rule, take: rule.behaviour.kind === 'rate' ? rationOf(rule.behaviour) : null }));
}

export interface Circumstances {
  /** Those that concern what was asked. */
  readonly rules: readonly Rule[];
  readonly now: Date;
  /** Where a redirect leads. */
  readonly elsewhere: string;
}

/** Null: the connection ends without a reply. */
export type Answer = (asked: Asked, circumstances: Circumstances) => Promise<Reply | null>;

export function createAnswering(
  vendor: { readonly amd: SimulatedAmd; readonly intel: SimulatedIntel },
  recoveries: () => readonly Recovery[],
): Answer {
  const kds = createKds(vendor.amd);
  const pcs = createPcs(vendor.intel, recoveries);

  const documentFor = async (asked: Asked, rules: readonly Rule[], now: Date): Promise<Reply> => {
    const issue = issueOf(rules, now);
    if (asked.kds !== null) return kds(asked.kds, issue);
    if (asked.pcs !== null) return pcs(asked.pcs, issue);
    return declinedReply(asked.declined ?? NOTHING);
  };

  return async (asked, { rules, now, elsewhere }) => {
    for (const rule of rules) {
      if (rule.behaviour.kind === 'down') return null;
      const instead = insteadOf(rule, now, asked.moved ? null : elsewhere);
      if (instead !== null) return instead;
    }
    const spoilt = rules.reduce(
      (reply, { behaviour }) => (behaviour.kind === 'spoil' ? spoil(reply, behaviour.how) : reply),
      await documentFor(asked, rules, now),
    );
    return asked.service === 'pcs' ? named(spoilt) : spoilt;
  };
}

const NOTHING: Declined = { status: 404, why: 'there is nothing of that name' };

/** What a rule has in place of a document; null: nothing. */
function insteadOf({ behaviour, take }: Rule, now: Date, elsewhere: string | null): Reply | null {
  if (behaviour.kind === 'status') return statusReply(behaviour.status, behaviour.retryAfter);
  if (behaviour.kind === 'redirect' && elsewhere !== null) {
    return { ...statusReply(302, null), headers: { Location: elsewhere } };
  }
  if (behaviour.kind !== 'rate') return null;
  const wait = take?.(now) ?? null;
  return wait === null ? null : statusReply(429, behaviour.retryAfter ? wait : null);
}

function issueOf(rules: readonly Rule[], now: Date): Issue {
  return rules.reduce<Issue>(
    (issue, { behaviour }) =>
      behaviour.kind === 'issue'
        ? {
            now,
            age: Math.max(issue.age, behaviour.age),
            expired: issue.expired || behaviour.expired,
            another: issue.another || behaviour.another,
          }
        : issue,
    newest(now),
  );
}

/** Intel names every reply. */
function named(reply: Reply): Reply {
  return { ...reply, headers: { ...reply.headers, 'Request-ID': randomUUID().replaceAll('-', '') } };
}

/** How a reply goes over the wire; null: as it should. Only documents go astray. */
export function transferOf(rules: readonly Rule[], { status }: Reply): Transfer | null {
  const transfers = rules.flatMap(({ behaviour }) => (behaviour.kind === 'transfer' ? [behaviour] : []));
  return status === 200 ? (transfers.at(-1) ?? null) : null;
}

/** Without a body. */
export function statusReply(status: number, retryAfter: number | null): Reply {
  const headers = retryAfter === null ? {} : { 'Retry-After': `${retryAfter}` };
  return { status, headers, body: new Uint8Array(0) };
}
