import { describe, expect, test } from '@jest/globals';
import { createBodyBudget } from '../../src/http/body-budget.js';
import { sourceKey } from '../../src/http/source.js';
import { RefusalError } from '../../src/rats/refusal.js';

function refusalOf(act: () => void): string {
  try {
    act();
  } catch (error) {
    if (error instanceof RefusalError) return error.refusal.code;
    throw error;
  }
  return 'taken';
}

describe('the budget of unfinished bodies', () => {
  test('is counted per address, and given back', () => {
    const budget = createBodyBudget({ perAddress: 100, altogether: 1000 });
    const [first, second, other] = [budget('192.0.2.1'), budget('192.0.2.1'), budget('192.0.2.2')];
    first.take(60);
    expect(refusalOf(() => second.take(41))).toBe('rate_limited');
    expect(refusalOf(() => other.take(100))).toBe('taken');
    second.take(40);
    first.giveBack();
    // Twice is once.
    first.giveBack();
    expect(refusalOf(() => second.take(61))).toBe('rate_limited');
    expect(refusalOf(() => second.take(60))).toBe('taken');
  });

  test('takes an IPv6 subscriber for one address', () => {
    const budget = createBodyBudget({ perAddress: 100, altogether: 1000 });
    budget(sourceKey('2001:db8::1')).take(100);
    expect(refusalOf(() => budget(sourceKey('2001:db8::2')).take(1))).toBe('rate_limited');
    expect(refusalOf(() => budget(sourceKey('2001:db8:0:1::1')).take(1))).toBe('taken');
  });

  test('is bounded altogether', () => {
    const budget = createBodyBudget({ perAddress: 100, altogether: 250 });
    for (const host of [1, 2]) budget(`192.0.2.${host}`).take(100);
    expect(refusalOf(() => budget('192.0.2.3').take(51))).toBe('overloaded');
    expect(refusalOf(() => budget('192.0.2.3').take(50))).toBe('taken');
  });
});
