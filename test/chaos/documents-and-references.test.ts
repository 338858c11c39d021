/** As for tokens and challenges: what was stored, withdrawn, started again. */
import { describe, expect, test } from '@jest/globals';
import { actsOf, type Falsify, firstOf, rulesOf } from './falsify.js';
import { issued, NEW_LIST, OLD_LIST, refused } from './history.js';

describe('a vendor document', () => {
  test('that was cut short is found: its bytes are not what its name says, and nobody sent them', () => {
    expect(
      rulesOf((_history, { documents }) => {
        firstOf(documents).actual = 'f'.repeat(64);
      }),
    ).toEqual(['half_written', 'document_unknown']);
  });

  test.each<[string, string, Falsify]>([
    [
      'that nobody sent',
      'document_unknown',
      (_history, { documents }) => {
        const sha256 = '3'.repeat(64);
        documents.push({ ...firstOf(documents), sha256, actual: sha256 });
      },
    ],
    [
      'that does not verify any more',
      'document_unusable',
      (_history, { documents }) => {
        firstOf(documents).fault = 'bad signature';
      },
    ],
    [
      'whose import was answered and that is not in the table',
      'document_lost',
      (_history, { documents }) => void documents.shift(),
    ],
    [
      'whose import was answered and that is not listed',
      'document_lost',
      (history) => {
        delete history.currents[1]?.stored?.[OLD_LIST];
      },
    ],
    [
      'that gave way to an older one',
      'document_went_back',
      (history) => {
        const [first, last] = history.currents;
        for (const [entry, sha256] of [
          [first, NEW_LIST],
          [last, OLD_LIST],
        ] as const) {
          if (entry !== undefined) entry.current['snp-vcek-crl of Milan'] = sha256;
        }
      },
    ],
    [
      'that an answer called current and that is not',
      'document_went_back',
      (history) => {
        const [answered] = history.imports;
        answered?.imported.push({ kind: 'snp-vcek-crl', sha256: NEW_LIST, state: 'current' });
        for (const { current } of history.currents) current['snp-vcek-crl of Milan'] = OLD_LIST;
      },
    ],
    [
      'that was rejected',
      'unexpected_answer',
      (history) => {
        history.imports[0]?.rejected.push({ file: 'Milan/vcek_crl.der', code: 'snp_crl_signature_invalid' });
      },
    ],
  ])('%s is found', (_what, rule, falsify) => {
    expect(rulesOf(falsify)).toEqual([rule]);
  });
});

describe('reference values', () => {
  test.each<[string, string, Falsify]>([
    [
      'that were accepted after their revocation was answered',
      'accepted_after_withdrawal',
      (history, { tokens }) => {
        history.challenges[4]?.sends.splice(0, 1, issued('dec-5', 30));
        tokens.set('jti-dec-5', { ...tokens.get('jti-dec-1'), decision: 'dec-5', nonceDigest: 'nonce-5' });
      },
    ],
    [
      'that were accepted after a look showed them revoked, though the reply was lost',
      'accepted_after_withdrawal',
      (history, { tokens }) => {
        Object.assign(actsOf(history)[3] ?? {}, { status: null, state: null });
        history.challenges[4]?.sends.splice(0, 1, issued('dec-5', 34));
        tokens.set('jti-dec-5', { ...tokens.get('jti-dec-1'), decision: 'dec-5', nonceDigest: 'nonce-5' });
      },
    ],
    [
      'that were active and denied',
      'active_not_accepted',
      (history) => {
        history.challenges[3]?.sends.splice(0, 1, refused(24, 403, 'measurement_not_allowed'));
      },
    ],
    [
      'whose answered revocation is gone',
      'reference_state',
      (history) => {
        Object.assign(actsOf(history)[4] ?? {}, { state: 'active' });
      },
    ],
    [
      'that went from revoked to active',
      'reference_state',
      (history) => {
        actsOf(history).push({ ...firstOf(actsOf(history).slice(1)), sent: 36, ended: 37 });
      },
    ],
    [
      'that were created, answered, and are gone',
      'reference_state',
      (history) => {
        history.listed.pop();
        actsOf(history).splice(1);
        actsOf(history).push({ verb: 'observe', sent: 26, ended: 27, status: 200, state: 'absent' });
      },
    ],
    [
      'that nobody sent',
      'reference_unknown',
      (history) => {
        history.listed.push({ ...firstOf(history.listed), number: 2, label: 'bb' });
      },
    ],
    [
      'that differ from what was sent',
      'reference_unknown',
      (history) => {
        const [listed] = history.listed;
        if (listed !== undefined) listed.body = { ...listed.body, covers: 'firmware' };
      },
    ],
  ])('%s are found', (_what, rule, falsify) => {
    expect(rulesOf(falsify)).toEqual([rule]);
  });

  test('may be seen on either side of an act that is under way', () => {
    for (const state of ['active', 'revoked']) {
      expect(
        rulesOf((history) => {
          Object.assign(actsOf(history)[3] ?? {}, { sent: 28, ended: 34 });
          Object.assign(actsOf(history)[4] ?? {}, { sent: 31, ended: 33, state });
        }),
      ).toEqual([]);
    }
  });
});

describe('the service', () => {
  test.each<[string, string, Falsify]>([
    [
      'that needed six seconds to start again',
      'slow_restart',
      (history) => {
        Object.assign(history.starts[1] ?? {}, { ms: 6_000, cpuMs: 5_500 });
      },
    ],
    [
      'that needed six seconds to start again where nobody knows how much of it computed',
      'slow_restart',
      (history) => {
        Object.assign(history.starts[1] ?? {}, { ms: 6_000, cpuMs: null });
      },
    ],
    [
      'that hung when it was started again',
      'slow_restart',
      (history) => {
        Object.assign(history.starts[1] ?? {}, { ms: 61_000, cpuMs: 900 });
      },
    ],
    [
      'that is of no use after the database is back',
      'slow_recovery',
      (history) => {
        Object.assign(history.outages[0] ?? {}, { ms: null });
      },
    ],
    [
      'that died by itself',
      'died',
      (history) => {
        history.surprises.push({ rule: 'died', what: 'the service', said: 'ended with 1' });
      },
    ],
    [
      'that left half of a transaction behind',
      'half_written',
      (_history, { halves }) => {
        firstOf(halves).count = 1;
      },
    ],
  ])('%s is found', (_what, rule, falsify) => {
    expect(rulesOf(falsify)).toEqual([rule]);
  });

  test('that was kept waiting by whatever else the machine does has started in time', () => {
    expect(
      rulesOf((history) => {
        Object.assign(history.starts[1] ?? {}, { ms: 14_000, cpuMs: 1_400 });
      }),
    ).toEqual([]);
  });
});
