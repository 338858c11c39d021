/** The kill test is only as good as its checks: each falsified history must be told from the flawless one. */
import { describe, expect, test } from '@jest/globals';
import { actsOf, type Falsify, rulesOf, sendOf } from './falsify.js';
import {
  findViolations,
  flawlessDatabase,
  flawlessHistory,
  issued,
  NOW,
  refused,
  tokenOf,
} from './history.js';

test('a flawless history has no violation, with and without a look into the database', () => {
  expect(findViolations(flawlessHistory(), flawlessDatabase())).toEqual([]);
  expect(findViolations(flawlessHistory(), null)).toEqual([]);
});

describe('a token', () => {
  test.each<[string, string, Falsify]>([
    [
      'whose decision GET does not find',
      'token_without_decision',
      (history) => {
        sendOf(history, 1, 0).decided = null;
      },
    ],
    [
      'that is not in the table of tokens',
      'token_without_decision',
      (_history, { tokens }) => void tokens.delete('jti-dec-1'),
    ],
    [
      'that is recorded for another decision',
      'token_without_decision',
      (_history, { tokens }) => {
        Object.assign(tokens.get('jti-dec-1') ?? {}, { decision: 'dec-9' });
      },
    ],
    [
      'whose decision names other reference values',
      'token_without_decision',
      (history) => {
        sendOf(history, 1, 0).decided = { ...sendOf(history, 1, 0).decided, version: 2 };
      },
    ],
    [
      'whose decision is a denial',
      'token_without_decision',
      (_history, { tokens }) => {
        Object.assign(tokens.get('jti-dec-1') ?? {}, { status: 'warning', code: 'status_below_minimum' });
      },
    ],
    [
      'whose signature does not verify',
      'token_unusable',
      (history) => {
        sendOf(history, 1, 0).token = { ...tokenOf('dec-1'), fault: 'signature verification failed' };
      },
    ],
    [
      'under a key made by a restart',
      'signing_key_changed',
      (history) => {
        history.keys.push(['key-2']);
      },
    ],
  ])('%s is found', (_what, rule, falsify) => {
    expect(rulesOf(falsify)).toEqual([rule]);
  });

  test('that came after the look into the database is not missed there', () => {
    expect(
      rulesOf((history, { tokens }) => {
        Object.assign(sendOf(history, 1, 0), { ended: 99 });
        tokens.delete('jti-dec-1');
      }),
    ).toEqual([]);
  });
});

describe('a challenge', () => {
  test('that gave two tokens, the second one after a restart, is found', () => {
    expect(
      rulesOf((history, { tokens }) => {
        history.challenges[1]?.sends.push(issued('dec-6', 15));
        tokens.set('jti-dec-6', { ...tokens.get('jti-dec-2'), decision: 'dec-6' });
      }),
    ).toEqual(['two_tokens', 'decided_twice']);
  });

  test.each<[string, string, Falsify]>([
    [
      'that was denied and then gave a token',
      'decided_twice',
      (history) => {
        history.challenges[3]?.sends.push(refused(26, 403, 'measurement_not_allowed'));
        // Withdrawn already by then, so that the denial itself is in order.
        actsOf(history).splice(2, 1);
        Object.assign(actsOf(history)[2] ?? {}, { sent: 25, ended: 26 });
      },
    ],
    [
      'that is called spent though nobody else sent it',
      'replayed_without_cause',
      (history) => {
        history.challenges[2]?.sends.shift();
      },
    ],
    [
      'that never got an answer',
      'unresolved',
      (history) => {
        history.challenges[2]?.sends.pop();
      },
    ],
    [
      'that another decision is on record for',
      'challenge_not_spent',
      (_history, { tokens }) => {
        Object.assign(tokens.get('jti-dec-1') ?? {}, { nonceDigest: 'nonce-9' });
      },
    ],
    [
      'that got an answer which is a bug',
      'unexpected_answer',
      (history) => {
        history.challenges[2]?.sends.push(refused(13, 500, 'internal'));
      },
    ],
    [
      'that got a 503 while the database was there',
      'unexpected_answer',
      (history) => {
        history.challenges[2]?.sends.push(refused(13, 503, 'database_unavailable'));
      },
    ],
  ])('%s is found', (_what, rule, falsify) => {
    expect(rulesOf(falsify)).toEqual([rule]);
  });

  test('whose end is long past may have been purged', () => {
    expect(
      rulesOf((history, { tokens }) => {
        history.now = NOW + 20 * 60_000;
        Object.assign(tokens.get('jti-dec-1') ?? {}, { nonceDigest: null });
      }),
    ).toEqual([]);
  });
});
