import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { EndorsementSet, TrustAnchors } from '../../../src/rats/endorsement.js';
import { outcomeOf } from '../../../src/rats/outcome.js';
import { pemOf } from '../../../src/simulator/certificate.js';
import { intelAnchorsOf, mintTd, type SimulatedTd } from '../../../src/simulator/index.js';
import { makeEcKey } from '../../../src/simulator/key-pair.js';
import { inspectEvidence, parseEvidence } from '../../../src/tee/registry.js';
import { tdxScheme } from '../../../src/tee/tdx/index.js';
import { SIMULATED_AT } from '../../simulated-vendor.js';
import { simulatedIntel } from '../../simulator/intel/simulated-intel.js';
import { answerTo, flipped } from '../../vectors/histogram.js';
import { regionsOf, withChain } from '../../vectors/tdx-quotes.js';
import { reading } from '../context.js';

let anchors: TrustAnchors;
let tds: readonly SimulatedTd[];

beforeAll(async () => {
  const intel = await simulatedIntel();
  anchors = intelAnchorsOf(intel);
  // Three platforms: with one key two of them would vouch for each other's quotes, and rightly.
  const [second, third] = [await makeEcKey('P-256'), await makeEcKey('P-256')];
  tds = await Promise.all([
    mintTd(intel, { at: SIMULATED_AT }),
    mintTd(intel, { at: SIMULATED_AT, quoteVersion: 5, bodyType: 2, envelope: 'padded', pckKey: second }),
    mintTd(intel, { at: SIMULATED_AT, quoteVersion: 5, envelope: 'configfs-tsm', pckKey: third }),
  ]);
});

const anyTd = () => fc.nat(2).map((index) => tds[index] as SimulatedTd);

function answer(
  td: SimulatedTd,
  { evidence = td.evidence, endorsements = td.endorsements }: Submission = {},
): Promise<string> {
  const given = { certificates: [], at: SIMULATED_AT, revocation: 'required' } as const;
  return answerTo({ ...given, type: 'tdx', evidence, endorsements }, anchors);
}

interface Submission {
  readonly evidence?: Uint8Array;
  readonly endorsements?: EndorsementSet;
}

/** Anything but a value or a refusal is a bug and fails the test by itself. */
const answered = async (act: () => unknown): Promise<boolean> => (await outcomeOf(act)).ok;

describe('hostile input', () => {
  test('what is not hostile is accepted', async () => {
    for (const td of tds) expect(await answer(td)).toBe('authentic');
  });

  test('bytes of any kind, with the beginning of a quote or without, are parsed or refused', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyTd(),
        fc.nat(1400),
        fc.uint8Array({ maxLength: 3000 }),
        fc.constantFrom('tdx', 'auto'),
        async (td, kept, tail, type) => {
          const bytes = new Uint8Array(Buffer.concat([td.quote.subarray(0, kept), tail]));
          await answered(() => parseEvidence(type, bytes, []));
          await answered(() => inspectEvidence(type, bytes));
          expect(await answer(td, { evidence: bytes })).not.toBe('authentic');
        },
      ),
      { numRuns: 400 },
    );
  });

  test('a quote cut anywhere is malformed or whole', async () => {
    await fc.assert(
      fc.asyncProperty(anyTd(), fc.double({ min: 0, max: 1, noNaN: true }), async (td, share) => {
        const length = Math.floor(td.evidence.length * share);
        const lost = td.evidence.subarray(length);
        const code = await answer(td, { evidence: td.evidence.subarray(0, length) });
        const whole = td.actual.envelope === 'padded' ? lost.every((byte) => byte === 0) : lost.length === 0;
        expect(code === 'authentic').toBe(whole);
      }),
      { numRuns: 100 },
    );
  });

  test('no turned bit of a quote is believed', async () => {
    await fc.assert(
      fc.asyncProperty(anyTd(), fc.nat(), fc.nat(7), async (td, at, bit) => {
        const evidence = flipped(td.quote, at % td.quote.length, bit);
        expect(await answer(td, { evidence })).not.toBe('authentic');
      }),
      { numRuns: 200 },
    );
  });

  test('certificates in another order, twice, missing or of another quote are no chain', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyTd(),
        fc.array(fc.nat(3), { maxLength: 5 }),
        fc.constantFrom('', '\0', '\0\0', '\n'),
        async (td, order, end) => {
          const others = tds.find((other) => other !== td)?.pckChain ?? [];
          const certificates = [...td.pckChain, ...others.slice(0, 1)];
          const pem = order.map((index) => pemOf(certificates[index] ?? new Uint8Array())).join('');
          const code = await answer(td, { evidence: withChain(td.quote, Buffer.from(pem + end)) });
          expect(code === 'authentic').toBe(order.join() === '0,1,2' && ['', '\0'].includes(end));
        },
      ),
      {
        numRuns: 200,
        examples: [
          [tds[0] as SimulatedTd, [0, 1, 2], '\0'],
          ...tds.map((td): [SimulatedTd, number[], string] => [td, [3, 1, 2], '\0']),
        ],
      },
    );
  });

  test('sizes of any value are refused', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyTd(),
        fc.constantFrom('signatureLength', 'outerHead', 'qeAuthLength', 'innerHead'),
        fc.oneof(fc.nat(0xffff), fc.nat(0xffff_ffff)),
        async (td, part, value) => {
          const { from, to } = regionsOf(td.quote)[part];
          const evidence = Buffer.from(td.quote);
          const width = to - from === 2 ? 2 : 4;
          const genuine = evidence.readUIntLE(to - width, width);
          const written = value % 2 ** (8 * width);
          evidence.writeUIntLE(written, to - width, width);
          const code = await answer(td, { evidence: new Uint8Array(evidence) });
          expect(code === 'authentic').toBe(written === genuine);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('documents that are exchanged, doubled or missing endorse nothing, and break nothing', async () => {
    await fc.assert(
      fc.asyncProperty(anyTd(), fc.array(fc.nat(6), { minLength: 7, maxLength: 7 }), async (td, order) => {
        const endorsements = td.endorsements.map((endorsement, index) => ({
          ...endorsement,
          bytes: td.endorsements[order[index] ?? 0]?.bytes ?? endorsement.bytes,
        }));
        const same = td.endorsements.every(({ bytes }, index) =>
          [bytes, ...alike(td, index)].includes(endorsements[index]?.bytes as Uint8Array),
        );
        const code = await answer(td, { endorsements });
        if (same) expect(code).toBe('authentic');
        if (code === 'authentic') expect(needed(td, endorsements)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  test('documents with a stretch of something else are refused', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyTd(),
        fc.constantFrom('tdx-tcb-info', 'tdx-qe-identity', 'tdx-pck-crl', 'tdx-root-crl'),
        fc.nat(),
        fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.json().map(Buffer.from)),
        async (td, kind, at, stretch) => {
          const endorsements = td.endorsements.map((endorsement) => {
            if (endorsement.kind !== kind) return endorsement;
            const bytes = Buffer.from(endorsement.bytes);
            Buffer.from(stretch).copy(bytes, at % bytes.length);
            return { ...endorsement, bytes: new Uint8Array(bytes) };
          });
          const changed = endorsements.some(
            ({ bytes }, index) => Buffer.compare(bytes, td.endorsements[index]?.bytes ?? bytes) !== 0,
          );
          if (changed) expect(await answer(td, { endorsements })).not.toBe('authentic');
        },
      ),
      { numRuns: 200 },
    );
  });

  test('endorsement files of any kind are read or refused', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...tdxScheme.endorsementFiles),
        fc.oneof(
          fc.uint8Array({ maxLength: 600 }),
          fc.json().map((text) => new Uint8Array(Buffer.from(text))),
        ),
        async (file, bytes) => {
          expect(await answered(() => tdxScheme.readEndorsement(file, bytes, reading(anchors)))).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** Bytes that serve as well in the place of an endorsement: the same chain stands there twice. */
function alike({ endorsements }: SimulatedTd, index: number): readonly Uint8Array[] {
  return endorsements.filter(({ kind }) => kind === endorsements[index]?.kind).map(({ bytes }) => bytes);
}

/** All that a verdict rests on is in its place; the chain of the PCK list is in the quote already. */
function needed({ endorsements: genuine }: SimulatedTd, offered: EndorsementSet): boolean {
  return ['tdx-tcb-info', 'tdx-qe-identity', 'tdx-tcb-signing', 'tdx-pck-crl', 'tdx-root-crl'].every((kind) =>
    offered.some(
      (one) => one.kind === kind && genuine.some((own) => own.kind === kind && own.bytes === one.bytes),
    ),
  );
}
