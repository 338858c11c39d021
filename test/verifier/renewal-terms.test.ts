/** Which decisions may be renewed, and until when: the earliest end of all that they rest on. */
import { describe, expect, test } from '@jest/globals';
import { type Renewable, renewalTerms } from '../../src/verifier/renewal-terms.js';

const AT = new Date('2026-11-20T12:00:00Z');
const after = (seconds: number): Date => new Date(AT.getTime() + seconds * 1000);

const ENC = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' };

function renewable(changes: Partial<Renewable> = {}): Renewable {
  return {
    decision: { at: AT },
    audience: { renewalSeconds: 600 },
    submission: { keyThumbprint: 'thumb', encryptionKey: null, challenge: { rpNonce: null } },
    bound: { authenticated: { trustUntil: after(86_400) } },
    verification: { appraisal: { graceUntil: null } },
    build: 'assay 1.0.0',
    ...changes,
  };
}

describe('what a decision may be renewed by', () => {
  test('ends so long after the evidence as its audience says', () => {
    expect(renewalTerms(renewable())).toEqual({
      until: after(600),
      inGrace: false,
      build: 'assay 1.0.0',
      keyThumbprint: 'thumb',
      encryptionKey: null,
    });
  });

  test('ends with the first vendor document or grace that ends before', () => {
    const bound = { authenticated: { trustUntil: after(300) } };
    const grace = { verification: { appraisal: { graceUntil: after(200) } } };
    expect(renewalTerms(renewable({ bound }))).toMatchObject({ until: after(300), inGrace: false });
    expect(renewalTerms(renewable(grace))).toMatchObject({ until: after(200), inGrace: true });
    expect(renewalTerms(renewable({ bound, ...grace }))).toMatchObject({ until: after(200), inGrace: true });
    const long = { verification: { appraisal: { graceUntil: after(700) } } };
    expect(renewalTerms(renewable(long))).toMatchObject({ until: after(600), inGrace: true });
  });

  test('keeps the key that tokens are encrypted to', () => {
    const submission = { keyThumbprint: 'thumb', encryptionKey: ENC, challenge: { rpNonce: null } };
    expect(renewalTerms(renewable({ submission }))).toMatchObject({ encryptionKey: ENC });
  });

  test.each<[string, Partial<Renewable>]>([
    ['an audience without renewals', { audience: { renewalSeconds: 0 } }],
    [
      'a token without a key',
      { submission: { keyThumbprint: null, encryptionKey: ENC, challenge: { rpNonce: null } } },
    ],
    [
      'a token with the relying party’s nonce',
      {
        submission: { keyThumbprint: 'thumb', encryptionKey: null, challenge: { rpNonce: 'rp-nonce-0123' } },
      },
    ],
  ])('is nothing for %s', (_what, changes) => {
    expect(renewalTerms(renewable(changes))).toBeNull();
  });
});
