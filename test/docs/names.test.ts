import { describe, expect, test } from '@jest/globals';
import { readConfig } from '../../src/config.js';
import { createMetrics } from '../../src/platform/metrics.js';
import { isRefusalCode, REFUSALS } from '../../src/rats/refusal.js';
import { ABSENT_CODES } from '../rats/absent-codes.js';
import { codeSpansOf, readPage, readPages } from './markdown.js';

const pages = await readPages();

/** Names in any page, fenced blocks included, with the pages that have them. */
function mentions(pattern: RegExp): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const page of pages) {
    for (const name of new Set(page.text.match(pattern) ?? [])) {
      found.set(name, [...(found.get(name) ?? []), page.path]);
    }
  }
  return found;
}

describe('names in the documentation', () => {
  test('every environment variable is one that the service knows', () => {
    const named = [...mentions(/\bASSAY_[A-Z_]*[A-Z]\b/gu).keys()];
    expect(named).toContain('ASSAY_ISSUER');
    const config = readConfig({
      ASSAY_DATABASE_URL: 'pglite:memory',
      ...Object.fromEntries(named.filter((name) => name !== 'ASSAY_DATABASE_URL').map((name) => [name, ''])),
    });
    expect(config.unknownNames).toEqual([]);
  });

  test('every code that looks like one of ours is one', () => {
    const named = [...mentions(/\b(?:snp|tdx)_[a-z_]*[a-z]\b/gu).keys()];
    expect(named.length).toBeGreaterThan(10);
    const absent = ABSENT_CODES.map(({ code }) => code);
    // What Linux calls the provider of a quote.
    expect(
      named.filter((name) => name !== 'tdx_guest' && !isRefusalCode(name) && !absent.includes(name)),
    ).toEqual([]);
  });

  test('operations.md lists the metrics that there are', async () => {
    const { text } = await createMetrics(
      { name: 'assay', version: '0', crypto: 'node openssl/3' },
      {
        renewals: async () => [],
        endorsements: async () => [],
        connectionsInUse: () => 0,
        signingKeys: async () => [],
        now: () => new Date(0),
      },
    ).expose();
    const exposed = [...text.matchAll(/^# HELP (assay_\w+)/gmu)].map((match) => match[1]);
    const { text: page } = await readPage('docs/operations.md');
    const listed = [...page.matchAll(/^\| `(assay_\w+)/gmu)].map((match) => match[1]);
    expect(listed.sort()).toEqual(exposed.sort());
  });

  test('operations.md says what to do for every 503', async () => {
    const spans = codeSpansOf((await readPage('docs/operations.md')).text);
    const undecided = REFUSALS.filter((row) => row.status === 503).map((row) => row.code);
    expect(undecided.filter((code) => !spans.includes(code))).toEqual([]);
  });
});
