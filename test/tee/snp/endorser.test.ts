import { describe, expect, test } from '@jest/globals';
import { hexOf } from '../../../src/bytes/encoding.js';
import { certifyAuthorities } from '../../../src/simulator/amd/authorities.js';
import { mintLeaf, planLeaf } from '../../../src/simulator/amd/leaf.js';
import { authoritiesOf } from '../../../src/simulator/amd/vendor.js';
import { mintGuest, mintVendor } from '../../../src/simulator/index.js';
import { makeEcKey } from '../../../src/simulator/key-pair.js';
import { simulatedVendor } from '../../simulated-vendor.js';
import { AT, anchors, guestOf, parse, verdictOf } from './judged.js';

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

  test('shipped authorities stand in only where none of that name was sent', async () => {
    const guest = await guestOf();
    const { asvk } = authoritiesOf(await simulatedVendor(), 'Milan');
    const [leaf = new Uint8Array()] = guest.certificates;
    const list = { kind: 'snp-vcek-crl', subject: 'Milan' };
    for (const beside of [[], [guest.arkDer], [asvk.certificate], [guest.arkDer, asvk.certificate]]) {
      const certificates = [leaf, ...beside];
      expect(await verdictOf(guest, { certificates })).toBe('authentic');
      expect(parse(guest, { certificates }).requirements).toEqual([
        { kind: 'snp-ask', subject: 'Milan' },
        list,
        TABLE,
      ]);
    }
    expect(parse(guest).requirements).toEqual([list, TABLE]);
  });

  test('a stored authority stands in where neither guest nor anchors have one', async () => {
    const guest = await guestOf();
    const [leaf = new Uint8Array()] = guest.certificates;
    const trusted = await anchors();
    const amd = trusted.vendors.amd;
    if (amd === undefined) throw new Error('no anchors');
    const bare = { simulated: true, vendors: { amd: { roots: amd.roots, intermediates: [] } } };
    const certificates = [leaf, guest.arkDer];
    expect(await verdictOf(guest, { certificates, anchors: bare })).toBe('snp_chain_untrusted');
    const stored = { kind: 'snp-ask', subject: 'Milan', bytes: guest.caDer };
    const broken = { ...stored, bytes: new Uint8Array(9) };
    const endorsements = [...guest.endorsements, broken, stored];
    expect(await verdictOf(guest, { certificates, anchors: bare, endorsements })).toBe('authentic');
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
});

const TABLE = { kind: 'snp-bulletins', subject: 'amd' };

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
      TABLE,
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
    expect(parse(genoa).requirements).toEqual([{ kind: 'snp-vcek-crl', subject: 'Genoa' }, TABLE]);
    const unknown = parse(genoa, { certificates: [] }).requirements;
    expect(unknown.map(({ kind, subject }) => `${kind} ${subject.split('/')[0]}`)).toEqual([
      'snp-vek Milan',
      'snp-ask Milan',
      'snp-vcek-crl Milan',
      'snp-vek Genoa',
      'snp-ask Genoa',
      'snp-vcek-crl Genoa',
      'snp-bulletins amd',
    ]);
    expect(await verdictOf(await guestOf({ product: 'Turin', reportVersion: 2 }))).toBe(
      'snp_product_unsupported',
    );
  });
});
