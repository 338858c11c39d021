import { describe, expect, test } from '@jest/globals';
import { parseEvidence, requestFor, SCHEMES, VENDOR_SERVICES } from '../../src/tee/registry.js';
import { guestOf } from './snp/judged.js';
import { parse as parseTd, tdOf } from './tdx/judged.js';

/** What evidence of each kind asks for. */
async function needs() {
  const bare = await guestOf({ envelope: 'raw' });
  const aws = await guestOf({ envelope: 'raw', signingKey: 'VLEK' });
  const evidence = [bare, aws].map((guest) => parseEvidence('auto', guest.evidence, []));
  return [...evidence, parseTd(await tdOf())].flatMap(({ requirements }) => [...requirements]);
}

describe('vendors', () => {
  test('are asked for everything that evidence needs, but for what comes beside it', async () => {
    const wanted = await needs();
    expect(wanted.length).toBeGreaterThan(8);
    const services = VENDOR_SERVICES.map(({ name }) => name);
    for (const need of wanted) {
      for (const cacheServer of [false, true]) {
        const request = requestFor(need, { cacheServer });
        if (need.each === true || SCHEMES.some(({ vouched }) => vouched?.kind === need.kind)) {
          expect(request).toBeNull();
          continue;
        }
        expect([need.kind, request?.requirement]).toEqual([
          need.kind,
          { kind: need.kind, subject: need.subject },
        ]);
        expect(services).toContain(request?.service);
        // It is read as the file that an import would have it in.
        const file = SCHEMES.map((scheme) => scheme.fileOf(need.kind)).find((name) => name !== null);
        expect(request?.file).toBe(file);
        for (const beside of request?.beside ?? []) {
          expect(SCHEMES.flatMap(({ endorsementFiles }) => endorsementFiles)).toContain(beside.file);
        }
      }
    }
  });

  test('have services of their own, each with one name and an https address', () => {
    expect(new Set(VENDOR_SERVICES.map(({ name }) => name)).size).toBe(VENDOR_SERVICES.length);
    for (const scheme of SCHEMES) {
      for (const { vendor, base } of scheme.services) {
        expect([vendor, new URL(base).origin]).toEqual([scheme.vendor, base]);
        expect(base).toMatch(/^https:/);
      }
    }
  });

  test('are asked for nothing that nobody knows', () => {
    expect(requestFor({ kind: 'nv-rim', subject: 'H100' }, { cacheServer: false })).toBeNull();
  });
});
