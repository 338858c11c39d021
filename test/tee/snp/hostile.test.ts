import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { outcomeOf } from '../../../src/rats/outcome.js';
import { ENVELOPES, type SimulatedGuest } from '../../../src/simulator/index.js';
import { inspectEvidence, parseEvidence } from '../../../src/tee/registry.js';
import { snpScheme } from '../../../src/tee/snp/index.js';
import { reading } from '../context.js';
import { anchors, flipped, guestOf, verdictOf } from './judged.js';

let guests: readonly SimulatedGuest[];

beforeAll(async () => {
  guests = await Promise.all(ENVELOPES.map((envelope) => guestOf({ envelope })));
});

const anyGuest = () => fc.nat(ENVELOPES.length - 1).map((index) => guests[index] as SimulatedGuest);

/** Anything but a value or a refusal is a bug and fails the test by itself. */
const answered = async (act: () => unknown): Promise<boolean> => (await outcomeOf(act)).ok;

describe('hostile input', () => {
  test('bytes of any kind are parsed or refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), fc.boolean(), async (bytes, asSnp) => {
        await answered(() => parseEvidence(asSnp ? 'sev-snp' : 'auto', bytes, []));
        await answered(() => inspectEvidence('auto', bytes));
      }),
      { numRuns: 300 },
    );
  });

  test('evidence cut anywhere is refused or whole', async () => {
    await fc.assert(
      fc.asyncProperty(anyGuest(), fc.double({ min: 0, max: 1, noNaN: true }), async (guest, share) => {
        const cut = guest.evidence.subarray(0, Math.floor(guest.evidence.length * share));
        const whole = cut.length === guest.evidence.length;
        const verdict = await verdictOf(guest, { evidence: cut });
        if (verdict === 'authentic') expect(whole || lostNothing(guest, cut)).toBe(true);
        if (whole) expect(verdict).toBe('authentic');
      }),
      { numRuns: 60 },
    );
  });

  test('no turned bit of a report makes it say something else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1183), fc.nat(7), async (offset, bit) => {
        const [guest] = guests;
        if (guest === undefined) throw new Error('no guest');
        expect(await verdictOf(guest, { evidence: flipped(guest.evidence, offset, 1 << bit) })).not.toBe(
          'authentic',
        );
      }),
      { numRuns: 150 },
    );
  });

  test('no turned bit of a certificate is believed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(2), fc.nat(), fc.nat(7), async (which, at, bit) => {
        const [guest] = guests;
        if (guest === undefined) throw new Error('no guest');
        const certificates = guest.certificates.map((der, index) =>
          index === which ? flipped(der, at % der.length, 1 << bit) : der,
        );
        expect(await verdictOf(guest, { certificates })).not.toBe('authentic');
      }),
      { numRuns: 150 },
    );
  });

  test('endorsement files of any kind are read or refused', async () => {
    const trusted = await anchors();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...snpScheme.endorsementFiles),
        fc.uint8Array({ maxLength: 600 }),
        async (file, bytes) => {
          expect(await answered(() => snpScheme.readEndorsement(file, bytes, reading(trusted)))).toBe(false);
        },
      ),
      { numRuns: 200 },
    );
  });
});

/** Azure pads its index with zeros, and a table without certificates of its own is no loss. */
function lostNothing(guest: SimulatedGuest, cut: Uint8Array): boolean {
  if (guest.actual.envelope === 'extended') return cut.length === guest.report.length;
  return (
    guest.actual.envelope === 'azure-hcl' && guest.evidence.subarray(cut.length).every((byte) => byte === 0)
  );
}
