import { describe, expect, test } from '@jest/globals';
import { hexOf } from '../../../src/bytes/encoding.js';
import { outcomeOf } from '../../../src/rats/outcome.js';
import { SNP_MATCH_FIELDS } from '../../../src/rats/reference-value.js';
import { type RefusalCode, refusalEntry } from '../../../src/rats/refusal.js';
import { certifyAuthorities } from '../../../src/simulator/authorities.js';
import { FAULTS, type GuestOptions, mintGuest, mintVendor } from '../../../src/simulator/index.js';
import { makeEcKey } from '../../../src/simulator/key-pair.js';
import { mintLeaf, planLeaf } from '../../../src/simulator/leaf.js';
import { authoritiesOf } from '../../../src/simulator/vendor.js';
import { simulatedVendor } from '../../simulated-vendor.js';
import { AT, anchors, authenticate, flipped, guestOf, parse, verdictOf } from './judged.js';

const PRODUCTS = ['Milan', 'Genoa', 'Turin'] as const;
const KINDS: readonly (readonly [(typeof PRODUCTS)[number], 'VCEK' | 'VLEK'])[] = PRODUCTS.flatMap(
  (product) => [[product, 'VCEK'] as const, [product, 'VLEK'] as const],
);

/** Faults that a genuine and bound report can have: those are for policy, or for the binding. */
const notOurs = (code: RefusalCode): boolean =>
  refusalEntry(code).class === 'denied' || code === 'report_data_mismatch';

/** Each code of the procedure's authenticity group, in its order. */
const PROCEDURE: readonly RefusalCode[] = [
  'snp_signature_algo_unsupported',
  'snp_report_unsigned',
  'snp_signing_key_unknown',
  'snp_product_unsupported',
  'snp_vek_missing',
  'snp_kds_unavailable',
  'snp_chain_untrusted',
  'snp_chain_signature_invalid',
  'snp_cert_expired',
  'snp_cert_not_yet_valid',
  'collateral_unavailable',
  'collateral_malformed',
  'snp_crl_signature_invalid',
  'clock_skew',
  'snp_crl_stale',
  'snp_ca_revoked',
  'snp_vek_key_invalid',
  'snp_vek_extension_invalid',
  'snp_vek_kind_mismatch',
  'snp_tcb_cert_mismatch',
  'snp_chip_id_mismatch',
  'snp_product_mismatch',
  'snp_signature_invalid',
  'snp_tcb_inconsistent',
  'snp_host_requested_report',
];

async function evidenceOf(options: Omit<GuestOptions, 'at'> = {}) {
  const outcome = await authenticate(await guestOf(options));
  if (!outcome.ok || outcome.value.kind !== 'authentic') throw new Error('a clean guest must be authentic');
  return outcome.value;
}

describe('clean guests', () => {
  test.each(KINDS)('%s with a %s is authentic in every form', async (product, signingKey) => {
    for (const reportVersion of product === 'Turin' ? [3, 4, 5] : [2, 3, 4, 5]) {
      for (const envelope of ['raw', 'extended', 'azure-hcl', 'configfs-tsm'] as const) {
        const guest = await guestOf({ product, signingKey, reportVersion, envelope });
        const travels = envelope === 'extended' || envelope === 'configfs-tsm';
        expect([
          envelope,
          reportVersion,
          await verdictOf(guest, travels ? { certificates: [] } : {}),
        ]).toEqual([envelope, reportVersion, 'authentic']);
      }
    }
  });

  test('every row of the procedure leaves one check, and says what it saw', async () => {
    const { checks } = await evidenceOf();
    expect(checks.map(({ id }) => id)).toEqual(PROCEDURE);
    for (const check of checks) {
      expect([check.id, check.outcome]).toEqual([check.id, 'pass']);
      expect(check.expected).toBeTruthy();
      expect(check.observed).toBeTruthy();
      expect(check.source).toMatch(/AMD|RFC/);
    }
  });

  test('what is sealed is what the certificate and the report say', async () => {
    const { evidence } = await evidenceOf({ product: 'Genoa', signingKey: 'VLEK', cspId: 'CN=cc.example' });
    expect(evidence).toMatchObject({
      tee: 'sev-snp',
      referenceTee: 'sev-snp',
      generation: 'genoa',
      debug: false,
      simulated: true,
      tierCap: 'affirming',
    });
    expect(Object.keys(evidence.referenceFields)).toEqual([...SNP_MATCH_FIELDS]);
    expect(evidence.claims).toMatchObject({ product: 'Genoa', signing_key: 'VLEK', csp_id: 'CN=cc.example' });
    expect(evidence.endorsementsUsed.map(({ kind }) => kind)).toEqual([
      'snp-vek',
      'snp-asvk',
      'snp-ark',
      'snp-vlek-crl',
    ]);
    const ends = evidence.endorsementsUsed.map(({ not_after }) => Date.parse(not_after));
    expect(evidence.trustUntil.getTime()).toBe(Math.min(...ends));
  });

  test('Azure’s envelope is another TEE, bound through the vTPM, and at most a warning', async () => {
    const guest = await guestOf({ envelope: 'azure-hcl' });
    expect(parse(guest)).toMatchObject({ tee: 'az-sev-snp', envelope: 'azure-hcl', binding: 'vtpm' });
    const { evidence } = await evidenceOf({ envelope: 'azure-hcl' });
    expect(evidence).toMatchObject({ tee: 'az-sev-snp', referenceTee: 'sev-snp', tierCap: 'warning' });
  });

  test('Azure’s claims need a report of the paravisor’s own level', async () => {
    const guest = await guestOf({ envelope: 'azure-hcl', vmpl: 2 });
    expect(await verdictOf(guest)).toBe('vtpm_claims_binding_mismatch');
  });
});

describe('faults', () => {
  const faults = FAULTS.filter((code) => !notOurs(code));

  test.each(KINDS)('on %s with a %s each earns its own code', async (product, signingKey) => {
    for (const fault of faults) {
      const guest = await guestOf({ product, signingKey, fault });
      expect([fault, await verdictOf(guest)]).toEqual([fault, fault]);
    }
  });

  test('what policy denies is authentic', async () => {
    for (const fault of FAULTS.filter(notOurs)) {
      expect([fault, await verdictOf(await guestOf({ fault }))]).toEqual([fault, 'authentic']);
    }
  });

  test('a refusal names its check, which has a remedy', async () => {
    const outcome = await authenticate(await guestOf({ fault: 'snp_tcb_cert_mismatch' }));
    if (!outcome.ok || outcome.value.kind !== 'refused') throw new Error('must be refused');
    const { refusal, checks } = outcome.value;
    expect(refusal).toMatchObject({ code: 'snp_tcb_cert_mismatch', stage: 'authenticate' });
    expect(checks.filter(({ outcome: found }) => found === 'fail').map(({ id }) => id)).toEqual([
      refusal.code,
    ]);
    expect(checks.find(({ id }) => id === refusal.code)?.remedy).toBeTruthy();
    expect(checks.map(({ id }) => id)).toEqual(PROCEDURE);
  });

  test('a refusal found beats a missing list', async () => {
    const guest = await guestOf({ fault: 'snp_host_requested_report' });
    expect(await verdictOf(guest, { endorsements: [] })).toBe('snp_host_requested_report');
  });

  test('a refusal found beats a missing certificate', async () => {
    const guest = await guestOf({ fault: 'snp_tcb_inconsistent' });
    expect(await verdictOf(guest, { certificates: [] })).toBe('snp_tcb_inconsistent');
  });
});

describe('who signed', () => {
  test('self_made_ark_fails', async () => {
    const stranger = await mintVendor({ at: AT, products: ['Milan'], rsaBits: 2048 });
    const guest = await mintGuest(stranger, { at: AT });
    expect(await verdictOf(guest)).toBe('snp_chain_untrusted');
    const [leaf] = guest.certificates;
    expect(await verdictOf(guest, { certificates: leaf === undefined ? [] : [leaf] })).toBe(
      'snp_chain_signature_invalid',
    );
  });

  test('a root of the right key and other bytes is not the pinned one', async () => {
    const genuine = authoritiesOf(await simulatedVendor(), 'Milan');
    const { ark, ask, asvk } = genuine;
    const again = await certifyAuthorities('Milan', AT, { ark: ark.key, ask: ask.key, asvk: asvk.key });
    const guest = await guestOf();
    const [leaf = new Uint8Array()] = guest.certificates;
    expect(await verdictOf(guest, { certificates: [leaf, guest.caDer, again.ark.certificate] })).toBe(
      'snp_chain_untrusted',
    );
  });

  test('no anchors trust nobody', async () => {
    const guest = await guestOf();
    expect(await verdictOf(guest, { anchors: { simulated: true, vendors: {} } })).toBe('snp_chain_untrusted');
  });

  test('vlek_report_with_vcek_cert_fails', async () => {
    const vlek = await guestOf({ signingKey: 'VLEK' });
    const vcek = await guestOf({ signingKey: 'VCEK' });
    expect(await verdictOf(vlek, { certificates: vcek.certificates })).toBe('snp_vek_kind_mismatch');
    expect(await verdictOf(vcek, { certificates: vlek.certificates })).toBe('snp_vek_kind_mismatch');
  });

  test('a certificate of another product line is said to be that', async () => {
    const milan = await guestOf({ product: 'Milan' });
    const genoa = await guestOf({ product: 'Genoa' });
    expect(await verdictOf(milan, { certificates: genoa.certificates })).toBe('snp_product_mismatch');
  });

  test('every certificate that was sent has its place in the chain', async () => {
    const guest = await guestOf();
    const other = await guestOf();
    const vendor = await simulatedVendor();
    const neighbour = authoritiesOf(vendor, 'Milan').asvk.certificate;
    const stranger = authoritiesOf(vendor, 'Genoa').ask.certificate;
    for (const extra of [neighbour, stranger, ...other.certificates.slice(0, 1)]) {
      expect(await verdictOf(guest, { certificates: [...guest.certificates, extra] })).toBe(
        'snp_chain_untrusted',
      );
    }
    expect(await verdictOf(guest, { certificates: [...guest.certificates, new Uint8Array(40)] })).toBe(
      'snp_chain_untrusted',
    );
    expect(await verdictOf(guest, { certificates: [...guest.certificates, ...guest.certificates] })).toBe(
      'authentic',
    );
  });

  test('shipped authorities stand in only where none was sent', async () => {
    const guest = await guestOf();
    const [leaf = new Uint8Array()] = guest.certificates;
    expect(await verdictOf(guest, { certificates: [leaf] })).toBe('authentic');
    expect(await verdictOf(guest, { certificates: [leaf, guest.arkDer] })).toBe('snp_chain_untrusted');
    expect(parse(guest, { certificates: [leaf] }).requirements).toContainEqual({
      kind: 'snp-ask',
      subject: 'Milan',
    });
    expect(parse(guest).requirements).toEqual([{ kind: 'snp-vcek-crl', subject: 'Milan' }]);
  });

  test('order and encoding of what was sent do not matter', async () => {
    const guest = await guestOf();
    const pem = new Uint8Array(Buffer.from(guest.chainPem));
    const [leaf = new Uint8Array()] = guest.certificates;
    expect(await verdictOf(guest, { certificates: [...guest.certificates].reverse() })).toBe('authentic');
    expect(await verdictOf(guest, { certificates: [pem, leaf] })).toBe('authentic');
  });

  test('a doubled extension is the leaf’s fault, another algorithm the chain’s', async () => {
    const { ask } = authoritiesOf(await simulatedVendor(), 'Milan');
    const guest = await guestOf();
    const plan = planLeaf(guest.actual, authoritiesOf(await simulatedVendor(), 'Milan'));
    const leaf = Buffer.from(await mintLeaf({ ...plan, signingKey: ask.key }, await makeEcKey('P-384')));
    // .3.2 renamed to .3.1 makes two of them; the PSS salt of 48 renamed to 32 is another algorithm.
    const [bl, tee] = ['0a2b060104019c7801' + '0301', '0a2b060104019c7801' + '0302'];
    const doubled = Buffer.from(leaf.toString('hex').replace(tee, bl), 'hex');
    const salted = Buffer.from(leaf.toString('hex').replaceAll('a203020130', 'a203020120'), 'hex');
    expect([doubled.equals(leaf), salted.equals(leaf)]).toEqual([false, false]);
    const beside = [guest.caDer, guest.arkDer];
    expect(await verdictOf(guest, { certificates: [doubled, ...beside] })).toBe('snp_vek_extension_invalid');
    expect(await verdictOf(guest, { certificates: [salted, ...beside] })).toBe('snp_chain_signature_invalid');
  });

  test('more certificates than anyone needs are too large', async () => {
    const guest = await guestOf();
    expect(await verdictOf(guest, { certificates: [new Uint8Array(262_145)] })).toBe('evidence_too_large');
  });
});

describe('what is looked up', () => {
  test('a VCEK by chip and TCB, with the authority and the list of its line', async () => {
    const guest = await guestOf({ product: 'Turin', fault: 'snp_kds_unavailable' });
    const chip = hexOf(guest.actual.chipId.subarray(0, 8));
    const evidence = parse(guest, { certificates: [] });
    const [vek, ...rest] = evidence.requirements;
    expect(vek).toMatchObject({ kind: 'snp-vek' });
    expect(vek?.subject).toMatch(new RegExp(`^Turin/${chip}/[0-9a-f]{16}$`));
    expect(rest).toEqual([
      { kind: 'snp-ask', subject: 'Turin' },
      { kind: 'snp-vcek-crl', subject: 'Turin' },
    ]);
  });

  test('a stored VCEK stands in for one that was not sent', async () => {
    for (const reportVersion of [2, 5]) {
      const guest = await guestOf({ reportVersion });
      const { requirements } = parse(guest, { certificates: [] });
      const vek = requirements.find(({ kind }) => kind === 'snp-vek');
      if (vek === undefined || guest.leafDer === null) throw new Error('a VCEK must be asked for');
      const stored = { ...vek, bytes: guest.leafDer };
      expect(
        await verdictOf(guest, { certificates: [], endorsements: [...guest.endorsements, stored] }),
      ).toBe('authentic');
      expect(await verdictOf(guest, { certificates: [] })).toBe('snp_kds_unavailable');
    }
  });

  test('nobody can look up a VLEK, or the VCEK of a masked chip', async () => {
    const vlek = await guestOf({ signingKey: 'VLEK' });
    const masked = await guestOf({ maskChipId: true });
    for (const guest of [vlek, masked]) {
      expect(parse(guest, { certificates: [] }).requirements.map(({ kind }) => kind)).not.toContain(
        'snp-vek',
      );
      expect(await verdictOf(guest, { certificates: [] })).toBe('snp_vek_missing');
    }
    expect(await verdictOf(masked)).toBe('authentic');
  });

  test('version 2 takes its product from the certificate, and Turin never made one', async () => {
    const genoa = await guestOf({ product: 'Genoa', reportVersion: 2 });
    expect(parse(genoa).requirements).toEqual([{ kind: 'snp-vcek-crl', subject: 'Genoa' }]);
    const unknown = parse(genoa, { certificates: [] }).requirements;
    expect(unknown.map(({ kind, subject }) => `${kind} ${subject.split('/')[0]}`)).toEqual([
      'snp-vek Milan',
      'snp-ask Milan',
      'snp-vcek-crl Milan',
      'snp-vek Genoa',
      'snp-ask Genoa',
      'snp-vcek-crl Genoa',
    ]);
    expect(await verdictOf(await guestOf({ product: 'Turin', reportVersion: 2 }))).toBe(
      'snp_product_unsupported',
    );
  });
});

describe('the screen', () => {
  const screened = async (guest: Awaited<ReturnType<typeof guestOf>>): Promise<RefusalCode | null> => {
    const trusted = await anchors();
    const outcome = await outcomeOf(() => parse(guest).screen(trusted, AT));
    return outcome.ok ? null : outcome.refusal.code;
  };

  test('budget_before_signature: a foreign chain is refused before anything is looked up', async () => {
    for (const fault of [
      'snp_chain_untrusted',
      'snp_chain_signature_invalid',
      'snp_cert_expired',
      'snp_vek_missing',
      'snp_vek_kind_mismatch',
      'snp_tcb_cert_mismatch',
      'snp_chip_id_mismatch',
      'snp_report_unsigned',
      'snp_product_unsupported',
    ] as const) {
      expect([fault, await screened(await guestOf({ fault }))]).toEqual([fault, fault]);
    }
  });

  test('what needs a look-up or the signature passes it', async () => {
    for (const fault of ['snp_kds_unavailable', 'collateral_unavailable', 'snp_signature_invalid'] as const) {
      expect([fault, await screened(await guestOf({ fault }))]).toEqual([fault, null]);
    }
    expect(await screened(await guestOf())).toBeNull();
  });
});

describe('the signed bytes', () => {
  test('verify_signature_over_received_bytes_only: no bit of them can change', async () => {
    const guest = await guestOf();
    for (let offset = 0; offset < 0x2a0 + 48; offset += 7) {
      expect([
        offset,
        await verdictOf(guest, { evidence: flipped(guest.evidence, offset, 1 << (offset % 8)) }),
      ]).not.toEqual([offset, 'authentic']);
    }
  });

  test('vmpl_sentinel_host_report_fails', async () => {
    for (const vmpl of [4, 0xffff_ffff]) {
      expect(await verdictOf(await guestOf({ vmpl }))).toBe('snp_host_requested_report');
    }
    expect(await verdictOf(await guestOf({ vmpl: 3 }))).toBe('authentic');
  });

  test('empty_expected_report_data_is_error: only the 64 bytes match', async () => {
    const guest = await guestOf();
    const evidence = parse(guest);
    const { reportData } = guest.actual;
    expect(evidence.matchesReportData(reportData)).toBe(true);
    for (const other of [
      new Uint8Array(),
      reportData.subarray(0, 63),
      new Uint8Array(64),
      Uint8Array.of(...reportData, 0),
    ]) {
      expect(evidence.matchesReportData(other)).toBe(false);
    }
    expect(evidence.matchesReportData(flipped(reportData, 63))).toBe(false);
  });

  test('evidence is named by its signed bytes, not by its signature', async () => {
    const guest = await guestOf();
    const forged = flipped(guest.evidence, 0x2a0);
    expect(parse(guest, { evidence: forged }).evidenceDigest).toBe(parse(guest).evidenceDigest);
    expect(parse(guest, { evidence: flipped(guest.evidence, 0x90) }).evidenceDigest).not.toBe(
      parse(guest).evidenceDigest,
    );
  });
});
