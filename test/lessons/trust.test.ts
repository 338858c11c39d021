/** Mistakes that other verifiers made about whom they trust and what they match, through the whole pipeline. */
import { describe, expect, test } from '@jest/globals';
import { hexOf } from '../../src/bytes/encoding.js';
import type { JsonObject, Verdict } from '../../src/rats/result.js';
import {
  anchorsOf,
  intelAnchorsOf,
  mintGuest,
  mintIntel,
  mintTd,
  mintVendor,
  type PolicyDocument,
  type SimulatedGuest,
} from '../../src/simulator/index.js';
import {
  failuresOf,
  judge,
  judgeTd,
  referencesOf,
  SAME,
  SAME_TD,
  tdReferencesOf,
} from '../faults/judgement.js';
import { SIMULATED_AT, simulatedIntel, simulatedVendor } from '../simulated-vendor.js';

const ID_KEY = new Uint8Array(48).fill(0x1d);
const OTHER_KEY = new Uint8Array(48).fill(0x2d);
const AFFIRMING = { authentic: true, status: 'affirming', code: null };

async function judgeGuest(
  options: Partial<typeof SAME>,
  policy: PolicyDocument | null = null,
): Promise<Verdict> {
  const vendor = await simulatedVendor();
  return judge(vendor, await mintGuest(vendor, { ...SAME, ...options }), { policy });
}

describe('whose machine and whose image', () => {
  test('chip_not_in_allowlist_fails', async () => {
    const chip = hexOf(SAME.chipId ?? new Uint8Array());
    const other = `ff${chip.slice(2)}`;
    const snp = (allowed: string) => ({ name: 'one-chip', snp: { chips_allowed: [allowed] } });
    expect(await judgeGuest({}, snp(chip))).toMatchObject({ ...AFFIRMING, claims: { chip_id: chip } });
    expect(await judgeGuest({}, snp(other))).toMatchObject({ authentic: true, code: 'snp_chip_denied' });

    const intel = await simulatedIntel();
    const td = await mintTd(intel, { ...SAME_TD, ca: 'platform' });
    const instance = hexOf(td.expected.platformInstanceId);
    const tdx = (allowed: string) => ({
      name: 'one-platform',
      tdx: { platform_instances_allowed: [allowed] },
    });
    expect(await judgeTd(intel, td, { policy: tdx(instance) })).toMatchObject({
      ...AFFIRMING,
      claims: { pck: { platform_instance_id: instance } },
    });
    expect(await judgeTd(intel, td, { policy: tdx(`ff${instance.slice(2)}`) })).toMatchObject({
      authentic: true,
      code: 'tdx_platform_not_allowed',
    });
  });

  test('id_key_digest_other_fails_when_pinned', async () => {
    const pinned = { name: 'one-id-key', snp: { trusted_id_keys: [hexOf(ID_KEY)] } };
    expect(await judgeGuest({ idKeyDigest: ID_KEY }, pinned)).toMatchObject(AFFIRMING);
    // The same image, launched again by the host: under an ID block of its own, or under none.
    for (const idKeyDigest of [OTHER_KEY, null]) {
      const verdict = await judgeGuest({ idKeyDigest }, pinned);
      expect(verdict).toMatchObject({
        authentic: true,
        status: 'contraindicated',
        code: 'snp_id_key_not_trusted',
      });
    }
    // Pinned in a reference value instead.
    const vendor = await simulatedVendor();
    const guest = await mintGuest(vendor, { ...SAME, idKeyDigest: ID_KEY });
    const { candidates } = referencesOf(guest);
    const withKey = (digest: Uint8Array) => ({
      given: true as const,
      candidates: candidates.map((value) => ({
        ...value,
        match: { ...value.match, id_key_digest: [hexOf(digest)] },
      })),
    });
    expect(await judge(vendor, guest, { references: withKey(ID_KEY) })).toMatchObject(AFFIRMING);
    expect(await judge(vendor, guest, { references: withKey(OTHER_KEY) })).toMatchObject({
      code: 'snp_id_key_not_trusted',
    });
  });

  test('regex_anchored: a registered value is compared whole and is no pattern', async () => {
    const vendor = await simulatedVendor();
    const guest = await mintGuest(vendor, SAME);
    const { candidates } = referencesOf(guest);
    const measurement = hexOf(guest.expected.measurement);
    const matching = (text: string) =>
      judge(vendor, guest, {
        references: {
          given: true,
          candidates: candidates.map((value) => ({ ...value, match: { measurement: [text] } })),
        },
      });
    expect(await matching(measurement)).toMatchObject(AFFIRMING);
    const patterns = [
      '.*',
      `^${measurement}$`,
      `${measurement}|`,
      measurement.slice(0, -1),
      measurement.slice(1),
    ];
    for (const text of [
      ...patterns,
      `${measurement}00`,
      '',
      '*',
      measurement.toUpperCase().replaceAll('2', '.'),
    ]) {
      expect([text, (await matching(text)).code]).toEqual([text, 'measurement_not_allowed']);
    }

    const csp = 'CN=cc-us-east-2.amazonaws.com';
    const provider = (cspIds: string[]) =>
      judgeGuest({ signingKey: 'VLEK', cspId: csp }, { name: 'one-provider', snp: { csp_ids: cspIds } });
    expect(await provider([csp])).toMatchObject(AFFIRMING);
    const parts = [
      '.*',
      'amazonaws.com',
      '.amazonaws.com',
      'CN=cc',
      `${csp}.example`,
      csp.replaceAll('.', '?'),
    ];
    for (const text of parts) {
      expect([text, (await provider([text])).code]).toEqual([text, 'snp_csp_id_not_allowed']);
    }
  });
});

describe('what chooses whom to trust', () => {
  test('unmeasured_input_never_chooses_trust_source: a root that travels with the evidence', async () => {
    const [vendor, intel] = await Promise.all([simulatedVendor(), simulatedIntel()]);
    const lookalike = await mintVendor({ at: SIMULATED_AT, products: ['Milan'], rsaBits: 2048 });
    const otherIntel = await mintIntel({ at: SIMULATED_AT });
    for (const envelope of ['raw', 'extended', 'configfs-tsm'] as const) {
      const guest = await mintGuest(lookalike, { ...SAME, envelope });
      const certificates = [...guest.certificates, guest.anchorDer];
      expect(await judge(lookalike, { ...guest, certificates })).toMatchObject(AFFIRMING);
      expect(await judge(vendor, { ...guest, certificates })).toMatchObject({
        authentic: false,
        code: 'snp_chain_untrusted',
      });
    }
    // A quote brings its chain up to the root along; so do the documents beside it.
    const td = await mintTd(otherIntel, SAME_TD);
    expect(await judgeTd(otherIntel, td)).toMatchObject(AFFIRMING);
    expect(await judgeTd(intel, td)).toMatchObject({ authentic: false, code: 'tdx_pck_chain_untrusted' });
  });

  test('unmeasured_input_never_chooses_trust_source: an unsigned member that names a provider', async () => {
    const [vendor, intel] = await Promise.all([simulatedVendor(), simulatedIntel()]);
    const guest = await mintGuest(vendor, { ...SAME, envelope: 'configfs-tsm' });
    const files = JSON.parse(Buffer.from(guest.evidence).toString('utf8')) as JsonObject;
    const naming = (provider: string): SimulatedGuest => ({
      ...guest,
      evidence: new Uint8Array(Buffer.from(JSON.stringify({ ...files, provider }), 'utf8')),
    });
    expect(await judge(vendor, naming('sev_guest'))).toMatchObject(AFFIRMING);
    for (const anchors of [anchorsOf(vendor), intelAnchorsOf(intel)]) {
      expect((await judge(vendor, naming('tdx_guest'), { anchors })).authentic).not.toBe(true);
    }
    // Intel's root alone vouches for no AMD report, whatever it is called.
    expect(await judge(vendor, guest, { anchors: intelAnchorsOf(intel) })).toMatchObject({
      authentic: false,
      code: 'snp_chain_untrusted',
    });
  });
});

describe('what a verdict says', () => {
  test('verdict_contains_only_verified_fields: nothing unsigned changes a word of it', async () => {
    const vendor = await simulatedVendor();
    const guest = await mintGuest(vendor, { ...SAME, envelope: 'configfs-tsm' });
    const files = JSON.parse(Buffer.from(guest.evidence).toString('utf8')) as JsonObject;
    const plain = await judge(vendor, guest);
    expect(plain).toMatchObject(AFFIRMING);
    const { provider: _, ...withoutProvider } = files;
    const evidence = new Uint8Array(Buffer.from(JSON.stringify(withoutProvider, null, 3), 'utf8'));
    expect(await judge(vendor, { ...guest, evidence })).toEqual(plain);
    const doubled = {
      ...guest,
      certificates: [...guest.certificates, ...guest.certificates, guest.anchorDer],
    };
    expect(await judge(vendor, doubled)).toEqual(plain);

    const intel = await simulatedIntel();
    const td = await mintTd(intel, SAME_TD);
    const padded = new Uint8Array(td.evidence.length + 64);
    padded.set(td.evidence);
    expect(await judgeTd(intel, { ...td, evidence: padded })).toEqual(await judgeTd(intel, td));
  });

  test.each(['snp_signature_invalid', 'snp_ca_revoked', 'snp_crl_stale', 'report_data_mismatch'] as const)(
    'verdict_contains_only_verified_fields: none of them after %s',
    async (fault) => {
      const verdict = await judgeGuest({ fault });
      expect(verdict).toMatchObject({ code: fault, claims: null, tcb: null });
      expect(failuresOf(verdict)).toEqual([fault]);
      // Nor does a check repeat what the report says of its guest.
      expect(JSON.stringify(verdict)).not.toContain(hexOf(SAME.measurement ?? new Uint8Array()));
    },
  );
});

test('regex_anchored: nor is a register of a TD any', async () => {
  const intel = await simulatedIntel();
  const td = await mintTd(intel, SAME_TD);
  const { candidates } = tdReferencesOf(td);
  expect(candidates.map(({ match }) => Object.keys(match))).toEqual([expect.arrayContaining(['rtmr1'])]);
  const matching = (change: (hex: string) => string) =>
    judgeTd(intel, td, {
      references: {
        given: true,
        candidates: candidates.map((value) => ({
          ...value,
          match: Object.fromEntries(
            Object.entries(value.match).map(([field, values]) => [
              field,
              (values ?? []).map((hex) => (field === 'rtmr1' ? change(hex) : hex)),
            ]),
          ),
        })),
      },
    });
  expect(await matching((hex) => hex)).toMatchObject(AFFIRMING);
  for (const change of [() => '.*', (hex: string) => hex.slice(2), (hex: string) => `${hex}00`]) {
    expect((await matching(change)).code).toBe('measurement_not_allowed');
  }
});
