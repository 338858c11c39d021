/** What genuine evidence is sealed with: how long it may be trusted, how far, and by which documents. */

import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { Endorsement } from '../../../src/rats/endorsement.js';
import { crlPlanOf } from '../../../src/simulator/amd/authorities.js';
import { mintCrl } from '../../../src/simulator/amd/crl.js';
import { authoritiesOf } from '../../../src/simulator/amd/vendor.js';
import type { GuestOptions } from '../../../src/simulator/index.js';
import { simulatedVendor } from '../../simulated-vendor.js';
import { NO_DEMANDS } from '../context.js';
import { AT, authenticate, guestOf, type Submission } from './judged.js';

const YEAR = 366 * 86_400_000;

async function sealed(options: Omit<GuestOptions, 'at'> = {}, changes: Submission = {}) {
  const guest = await guestOf(options);
  const outcome = await authenticate(guest, changes);
  if (!outcome.ok || outcome.value.kind !== 'authentic') throw new Error('a clean guest must be authentic');
  return { guest, evidence: outcome.value.evidence };
}

/** Milan’s list with another end. */
async function listUntil(nextUpdate: Date): Promise<Endorsement> {
  const { ark } = authoritiesOf(await simulatedVendor(), 'Milan');
  const { der } = await mintCrl({ ...crlPlanOf('Milan', ark, 'VCEK'), thisUpdate: AT, nextUpdate });
  return { kind: 'snp-vcek-crl', subject: 'Milan', bytes: der };
}

const endOf = (der: Uint8Array | null): Date =>
  new Date(new X509Certificate(der ?? new Uint8Array()).validTo);

describe('trust ends', () => {
  test('with the list, where that ends first', async () => {
    const end = new Date(AT.getTime() + 5000);
    const { evidence } = await sealed({}, { endorsements: [await listUntil(end)] });
    expect(evidence.trustUntil).toEqual(end);
    expect(evidence.stale).toEqual([]);
  });

  test('with the leaf, where the list lasts longer', async () => {
    const endorsements = [await listUntil(new Date(AT.getTime() + 15 * YEAR))];
    const { guest, evidence } = await sealed({}, { endorsements });
    expect(evidence.trustUntil).toEqual(endOf(guest.leafDer));
    expect(endOf(guest.leafDer).getTime()).toBeLessThan(endOf(guest.caDer).getTime());
  });

  test('with the leaf, where there is no list', async () => {
    const { guest, evidence } = await sealed({}, { endorsements: [], revocation: 'best-effort' });
    expect(evidence.trustUntil).toEqual(endOf(guest.leafDer));
    expect(evidence.endorsementsUsed.map(({ kind }) => kind)).not.toContain('snp-vcek-crl');
    expect(evidence.demandChecks(NO_DEMANDS)).toEqual([]);
    expect(evidence.stale).toEqual([]);
  });
});

describe('the highest tier', () => {
  test('is affirming where revocation was looked at, and a warning otherwise', async () => {
    expect((await sealed()).evidence.tierCap).toBe('affirming');
    const unchecked = (await sealed({}, { endorsements: [], revocation: 'best-effort' })).evidence;
    expect(unchecked.tierCap).toBe('warning');
    expect(unchecked.recollection.facts()).toMatchObject({ revocation_checked: false, tier_cap: 'warning' });
  });

  test('is a warning in Azure’s envelope', async () => {
    expect((await sealed({ envelope: 'azure-hcl' })).evidence.tierCap).toBe('warning');
  });
});

test('the documents are those of the kind of key', async () => {
  const kinds = async (signingKey: 'VCEK' | 'VLEK') =>
    (await sealed({ signingKey })).evidence.endorsementsUsed.map(({ kind }) => kind);
  expect(await kinds('VCEK')).toEqual(['snp-vek', 'snp-ask', 'snp-ark', 'snp-vcek-crl', 'snp-bulletins']);
  expect(await kinds('VLEK')).toEqual(['snp-vek', 'snp-asvk', 'snp-ark', 'snp-vlek-crl', 'snp-bulletins']);
});

test('a generation is named in lower case, a debuggable guest is one', async () => {
  const { evidence } = await sealed({ product: 'Turin', policy: { debug: true } });
  expect(evidence).toMatchObject({ generation: 'turin', debug: true, retryAfter: null });
  expect((await sealed()).evidence.debug).toBe(false);
});

test('a list in its grace is granted in words that ask for no remedy', async () => {
  const late = {
    endorsements: [await listUntil(new Date(AT.getTime() + 1000))],
    at: new Date(AT.getTime() + 2000),
  };
  const refused = await authenticate(await guestOf(), late);
  if (!refused.ok || refused.value.kind !== 'undecided') throw new Error('must be undecided');
  expect(refused.value.checks.find(({ id }) => id === 'snp_crl_stale')?.remedy).toMatch(
    /^Download the list with `curl /u,
  );
});
