/** Which of the certificates that were sent make the chain, and what the others have to be. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { certifyAuthorities } from '../../../src/simulator/amd/authorities.js';
import { authorityExtensions, mintCertificate } from '../../../src/simulator/amd/certificate.js';
import { type LeafPlan, mintLeaf, planLeaf } from '../../../src/simulator/amd/leaf.js';
import { authoritiesOf } from '../../../src/simulator/amd/vendor.js';
import { pemOf, yearsFrom } from '../../../src/simulator/certificate.js';
import { mintVendor, type SimulatedGuest } from '../../../src/simulator/index.js';
import { makeEcKey } from '../../../src/simulator/key-pair.js';
import { simulatedVendor } from '../../simulated-vendor.js';
import { AT, anchors, flipped, guestOf, parse, verdictOf } from './judged.js';

let guest: SimulatedGuest;
let leaf: Uint8Array;

beforeAll(async () => {
  guest = await guestOf({ product: 'Genoa' });
  leaf = leafOf(guest);
});

function leafOf({ leafDer }: SimulatedGuest): Uint8Array {
  if (leafDer === null) throw new Error('a guest without a leaf');
  return leafDer;
}

const judgedWith = (certificates: readonly Uint8Array[], of: SimulatedGuest = guest): Promise<string> =>
  verdictOf(of, { certificates });

/** A sound leaf under the guest's own authorities, with something of its own. */
async function leafLike(like: SimulatedGuest, change: Partial<LeafPlan>): Promise<Uint8Array> {
  const authorities = authoritiesOf(await simulatedVendor(), like.actual.product);
  return mintLeaf({ ...planLeaf(like.actual, authorities), ...change }, await makeEcKey('P-384'));
}

/** Genoa's first ASK: AMD's own list names its serial number. */
async function replacedAsk(change: { notAfter?: Date } = {}): Promise<Uint8Array> {
  const { ark, ask } = authoritiesOf(await simulatedVendor(), 'Genoa');
  return mintCertificate(
    {
      serialNumber: 0x20001n,
      subject: 'SEV-Genoa',
      issuer: 'ARK-Genoa',
      notBefore: yearsFrom(AT, -4),
      notAfter: yearsFrom(AT, 4),
      key: ask.key,
      extensions: authorityExtensions(ask.key, ark.key, 0, 'https://kdsintf.amd.com/vcek/v1/Genoa/crl'),
      ...change,
    },
    ark.key,
  );
}

describe('genuine certificates that the chain does not need', () => {
  test('do no harm: authorities of the other kind, of another line, leaves of other chips', async () => {
    const vendor = await simulatedVendor();
    const { asvk } = authoritiesOf(vendor, 'Genoa');
    const milan = authoritiesOf(vendor, 'Milan');
    const other = await guestOf({ product: 'Genoa' });
    const vlek = await guestOf({ product: 'Genoa', signingKey: 'VLEK' });
    for (const extra of [
      [asvk.certificate],
      [milan.ask.certificate, milan.ark.certificate],
      [leafOf(other)],
      [leafOf(vlek)],
      [leafOf(vlek), asvk.certificate, leafOf(other)],
    ]) {
      expect(await judgedWith([...guest.certificates, ...extra])).toBe('authentic');
      expect(await judgedWith([...extra, ...guest.certificates])).toBe('authentic');
    }
  });

  test('may have ended, or not have begun: only the chain must be valid', async () => {
    const ended = await leafLike(guest, { notAfter: yearsFrom(AT, -1), notBefore: yearsFrom(AT, -2) });
    const early = await leafLike(guest, { notBefore: yearsFrom(AT, 1) });
    for (const extra of [ended, early]) {
      expect(await judgedWith([...guest.certificates, extra])).toBe('authentic');
      expect(await judgedWith([extra, guest.caDer])).not.toBe('authentic');
    }
  });

  test('must be signed up to a pinned root all the same', async () => {
    const stranger = authoritiesOf(await mintVendor({ at: AT, products: ['Milan'], rsaBits: 2048 }), 'Milan');
    const { asvk } = authoritiesOf(await simulatedVendor(), 'Genoa');
    const vlek = leafOf(await guestOf({ product: 'Genoa', signingKey: 'VLEK' }));
    for (const [extra, code] of [
      [stranger.ark.certificate, 'snp_chain_untrusted'],
      [stranger.ask.certificate, 'snp_chain_signature_invalid'],
      [await leafLike(guest, { signingKey: asvk.key }), 'snp_chain_signature_invalid'],
      [new Uint8Array(40), 'snp_chain_untrusted'],
      [flipped(asvk.certificate, asvk.certificate.length - 1), 'snp_chain_signature_invalid'],
      [flipped(vlek, vlek.length - 1), 'snp_chain_signature_invalid'],
    ] as const) {
      expect(await judgedWith([...guest.certificates, extra])).toBe(code);
      expect(await judgedWith([extra, ...guest.certificates])).toBe(code);
    }
  });

  test('an extra leaf whose authority nobody has is not believed', async () => {
    const vlek = leafOf(await guestOf({ product: 'Genoa', signingKey: 'VLEK' }));
    const { amd } = (await anchors()).vendors;
    if (amd === undefined) throw new Error('no anchors');
    const bare = { simulated: true, vendors: { amd: { roots: amd.roots, intermediates: [] } } };
    const certificates = [...guest.certificates, vlek];
    expect(await verdictOf(guest, { certificates: guest.certificates, anchors: bare })).toBe('authentic');
    expect(await verdictOf(guest, { certificates, anchors: bare })).toBe('snp_chain_untrusted');
  });

  test('without a leaf they are screened like any, but for their dates', async () => {
    const bare = await guestOf({ product: 'Genoa', fault: 'snp_kds_unavailable' });
    const ended = await replacedAsk({ notAfter: yearsFrom(AT, -1) });
    const trusted = await anchors();
    await expect(
      parse(bare, { certificates: [ended, bare.arkDer] }).screen(trusted, AT),
    ).resolves.toBeUndefined();
    const forged = flipped(ended, ended.length - 1);
    await expect(parse(bare, { certificates: [forged, bare.arkDer] }).screen(trusted, AT)).rejects.toThrow(
      /snp_chain_signature_invalid/,
    );
  });
});

describe('the leaf', () => {
  test('is of the kind that SIGNING_KEY names', async () => {
    for (const signingKey of ['VCEK', 'VLEK'] as const) {
      const one = await guestOf({ product: 'Genoa', signingKey });
      const otherKind = signingKey === 'VCEK' ? 'VLEK' : 'VCEK';
      const neighbour = await guestOf({ product: 'Genoa', signingKey: otherKind });
      const both = [leafOf(one), leafOf(neighbour)];
      expect(await judgedWith(both, one)).toBe('authentic');
      expect(await judgedWith(both.reverse(), one)).toBe('authentic');
      expect(parse(one, { certificates: both }).requirements.map(({ kind }) => kind)).toEqual([
        ...(signingKey === 'VCEK' ? ['snp-ask', 'snp-vcek-crl'] : ['snp-asvk', 'snp-vlek-crl']),
        'snp-bulletins',
      ]);
    }
  });

  test('of several is the one for this chip and these patch levels', async () => {
    const { tcb } = planLeaf(guest.actual, authoritiesOf(await simulatedVendor(), 'Genoa'));
    const outdated = await leafLike(guest, { tcb: { ...tcb, snp: tcb.snp ^ 1 } });
    const elsewhere = await leafLike(guest, { hwId: new Uint8Array(64).fill(7) });
    const milan = leafOf(await guestOf({ product: 'Milan' }));
    const others = [outdated, elsewhere, milan];
    expect(await judgedWith([...others, leaf])).toBe('authentic');
    expect(await judgedWith([leaf, ...others])).toBe('authentic');
  });

  test('is the first where none fits, so that its own mismatch is reported', async () => {
    const { tcb } = planLeaf(guest.actual, authoritiesOf(await simulatedVendor(), 'Genoa'));
    const outdated = await leafLike(guest, { tcb: { ...tcb, snp: tcb.snp ^ 1 } });
    const elsewhere = await leafLike(guest, { hwId: new Uint8Array(64).fill(7) });
    expect(await judgedWith([outdated, elsewhere])).toBe('snp_tcb_cert_mismatch');
    expect(await judgedWith([elsewhere, outdated])).toBe('snp_chip_id_mismatch');
  });
});

describe('an authority that was sent', () => {
  test('is seen as revoked, whatever ships or is stored', async () => {
    const revoked = await replacedAsk();
    expect(await judgedWith([leaf])).toBe('authentic');
    expect(await judgedWith([leaf, revoked])).toBe('snp_ca_revoked');
    expect(await judgedWith([revoked, guest.arkDer, leaf])).toBe('snp_ca_revoked');
    const stored = { kind: 'snp-ask', subject: 'Genoa', bytes: guest.caDer };
    const endorsements = [...guest.endorsements, stored];
    expect(await verdictOf(guest, { certificates: [leaf, revoked], endorsements })).toBe('snp_ca_revoked');
  });

  test('and has ended, is seen as ended', async () => {
    const ended = await replacedAsk({ notAfter: yearsFrom(AT, -1) });
    expect(await judgedWith([leaf, ended])).toBe('snp_cert_expired');
  });
});

describe('how much may be sent', () => {
  const pem = (...ders: readonly Uint8Array[]) => new Uint8Array(Buffer.from(ders.map(pemOf).join('')));

  test('nine different certificates, however often each', async () => {
    const eight = await Promise.all(Array.from({ length: 8 }, () => leafLike(guest, {})));
    const nine = [leaf, ...eight];
    expect(await judgedWith([...nine, ...nine, pem(...nine)])).toBe('authentic');
    const tenth = await leafLike(guest, {});
    expect(await judgedWith([...nine, tenth])).toBe('evidence_too_large');
    expect(await judgedWith([pem(...nine, tenth)])).toBe('evidence_too_large');
  });

  test('none of too many is read', () => {
    // None of them is a certificate; had one been read, that would be its fault and not their number's.
    const blobs = Array.from({ length: 10 }, (_, index) => Uint8Array.of(0x30, 0x01, index));
    expect(() => parse(guest, { certificates: blobs })).toThrow(/evidence_too_large/);
    expect(() => parse(guest, { certificates: blobs.slice(1) })).not.toThrow();
  });

  test('96 KiB of different bytes; the same bytes twice count once', async () => {
    const half = new Uint8Array(48 * 1024);
    const other = new Uint8Array(48 * 1024).fill(1);
    const tooMuch = [...guest.certificates, half, other];
    expect(await judgedWith(tooMuch)).toBe('evidence_too_large');
    expect(await judgedWith([half, other])).toBe('snp_chain_untrusted');
    expect(await judgedWith([half, half, half, other, other])).toBe('snp_chain_untrusted');
    expect(await judgedWith([new Uint8Array(96 * 1024 + 1)])).toBe('evidence_too_large');
  });

  test('the authorities of all lines, where the leaf is looked up', async () => {
    const vendor = await simulatedVendor();
    const certificates = (['Milan', 'Genoa', 'Turin'] as const).flatMap((product) => {
      const { ark, ask, asvk } = authoritiesOf(vendor, product);
      return [ark.certificate, ask.certificate, asvk.certificate];
    });
    const { requirements } = parse(guest, { certificates });
    expect(requirements.map(({ kind }) => kind)).toEqual(['snp-vek', 'snp-vcek-crl', 'snp-bulletins']);
    const stored = requirements.slice(0, 1).map((vek) => ({ ...vek, bytes: leaf }));
    const endorsements = [...guest.endorsements, ...stored];
    expect(await verdictOf(guest, { certificates, endorsements })).toBe('authentic');
    expect(await judgedWith([leaf, ...certificates.slice(0, 8)])).toBe('authentic');
  });

  test('a second issue of the pinned root is none', async () => {
    const { ark, ask, asvk } = authoritiesOf(await simulatedVendor(), 'Genoa');
    const again = await certifyAuthorities('Genoa', AT, { ark: ark.key, ask: ask.key, asvk: asvk.key });
    expect(await judgedWith([...guest.certificates, again.ark.certificate])).toBe('snp_chain_untrusted');
  });
});
