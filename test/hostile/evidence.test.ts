/** Evidence cut short, drawn out, turned, glued together or made up, at every door that takes some. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { guestWith } from '../http/guest.js';
import { type Door, noise, OPENING, openDoor, refusedWith } from './door.js';
import { type EvidenceDoor, evidenceDoors, NOT_GENUINE, TEES, welcome } from './doors.js';
import { exchange } from './wire.js';

let door: Door;
let doors: readonly EvidenceDoor[];
beforeAll(async () => {
  door = await openDoor('evidence');
  doors = await evidenceDoors(door);
}, OPENING);
afterAll(() => door.close());

const DOOR_NAMES = ['attest, JSON', 'attest, octets', 'appraise'] as const;
const CASES = DOOR_NAMES.flatMap((name) => TEES.map((tee) => [name, tee] as const));

function doorOf(name: string): EvidenceDoor {
  const found = doors.find((one) => one.name === name);
  if (found === undefined) throw new TypeError(`no door ${name}`);
  return found;
}

function glued(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function withBytes(bytes: Uint8Array, offset: number, ...values: readonly number[]): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy.set(values, offset);
  return copy;
}

const HUGE = [0xff, 0xff, 0xff, 0xff] as const;

/** Where a length stands in what `welcome` makes. */
const LENGTHS: Readonly<Record<(typeof TEES)[number], readonly number[]>> = {
  // Offset and length of the first three entries of the certificate table.
  'sev-snp': [0, 1, 2].flatMap((entry) => [1184 + entry * 24 + 16, 1184 + entry * 24 + 20]),
  // Signature data, outer certification data, QE authentication data (two bytes), inner certification data.
  tdx: [632, 766, 1218, 1254],
};

describe.each(CASES)('%s, %s', (name, tee) => {
  const refusalOf = async (evidence: Uint8Array): Promise<string> => {
    for (const offset of [0, 0x50, 0x1c0, 0x2a0, 700]) door.plant(evidence.subarray(offset, offset + 24));
    return refusedWith(await door.send(doorOf(name).submit(evidence)));
  };
  const good = async (): Promise<Uint8Array> => (await welcome(tee, doorOf(name).reportData)).evidence;

  test('cut short', async () => {
    const evidence = await good();
    const lengths = [1, 4, 47, 48, 631, 632, 1183, 1185, 1200, evidence.length - 1];
    for (let length = 97; length < evidence.length; length += 389) lengths.push(length);
    for (const length of lengths) {
      // A report without its table is whole: its certificates can come from elsewhere.
      if (tee === 'sev-snp' && length === 1184) continue;
      expect(await refusalOf(evidence.subarray(0, length))).toMatch(NOT_GENUINE);
    }
  });

  test('drawn out', async () => {
    const evidence = await good();
    const mark = Buffer.from(door.mark());
    const longer = [
      glued(mark, evidence),
      glued(Buffer.alloc(1), evidence),
      ...(tee === 'tdx'
        ? [glued(evidence, mark), glued(evidence, Uint8Array.of(1)), glued(evidence, evidence)]
        : [glued(evidence.subarray(0, 1184), mark), glued(evidence.subarray(0, 1184), evidence)]),
      glued(evidence, Buffer.alloc(127 * 1024 - evidence.length, 0x5a)),
    ];
    for (const bytes of longer) expect(await refusalOf(bytes)).toMatch(NOT_GENUINE);
  });

  test('with lengths that lie', async () => {
    const evidence = await good();
    for (const offset of LENGTHS[tee]) {
      for (const values of [HUGE, [0, 0, 0, 0x80], [0xff, 0xff, 0xff, 0x7f], [0xff, 0xff], [0, 0, 1, 0]]) {
        expect(await refusalOf(withBytes(evidence, offset, ...values))).toMatch(NOT_GENUINE);
      }
    }
  });

  test('of versions and kinds that do not exist', async () => {
    const evidence = await good();
    for (const version of [0, 1, 6, 7, 0x7f, 0x80, 0xff]) {
      expect(await refusalOf(withBytes(evidence, 0, version))).toMatch(NOT_GENUINE);
    }
    const kinds = tee === 'tdx' ? [2, 4, 8, 12] : [8, 0x34, 0x48];
    for (const offset of kinds)
      expect(await refusalOf(withBytes(evidence, offset, ...HUGE))).toMatch(NOT_GENUINE);
  });

  test('with a piece of the other kind', async () => {
    const [own, other] = [
      await good(),
      (await welcome(tee === 'tdx' ? 'sev-snp' : 'tdx', noise('other', 64))).evidence,
    ];
    for (const at of [16, 64, 600, 1184]) {
      expect(await refusalOf(glued(own.subarray(0, at), other.subarray(at)))).toMatch(NOT_GENUINE);
    }
  });

  test('made up', async () => {
    const sizes = [1, 2, 3, 4, 16, 47, 48, 49, 1183, 1184, 1185, 1208, 5000, 70_000, 130_000];
    for (const size of sizes) {
      const bytes = noise(`${name} ${tee} ${size}`, size);
      expect(await refusalOf(bytes)).toMatch(NOT_GENUINE);
      // The same behind the first bytes of something that is known.
      const evidence = await good();
      expect(await refusalOf(glued(evidence.subarray(0, 48), bytes))).toMatch(NOT_GENUINE);
    }
  });

  test('of nothing but one byte', async () => {
    for (const value of [0x00, 0x01, 0x20, 0x30, 0x5b, 0x7b, 0x80, 0xff]) {
      for (const size of [1, 48, 1184, 5000, 100_000]) {
        const code = refusedWith(await door.send(doorOf(name).submit(Buffer.alloc(size, value))));
        expect(code).toMatch(NOT_GENUINE);
      }
    }
  });

  test('as JSON that is no report of configfs-tsm', async () => {
    const evidence = await good();
    const report = Buffer.from(evidence).toString('base64');
    const url = Buffer.from(evidence).toString('base64url');
    const shapes = [
      '{}',
      '{"outblob":""}',
      '{"outblob":null}',
      `{"outblob":["${report}"]}`,
      `{"outblob":"${report}","report":"${report}"}`,
      `{"outblob":"${report}","outblob":"${report}"}`,
      `{"outblob":"${report}","provider":7}`,
      `{"outblob":"${report}","provider":"nobody"}`,
      `{"outblob":"${report}","auxblob":"${report.slice(0, 400)}"}`,
      `{"outblob":"${report}","generation":"1"}`,
      `{"outblob":"${url}="}`,
      `{"outblob":"${report}`,
      `{"outblob":"${report}"}{}`,
      `{"__cmwc_t":"tag","outblob":"${report}"}`,
      `["application/x","${report}"]`,
      `${'{"outblob":'.repeat(5000)}`,
      `{"outblob":[${'0,'.repeat(50_000)}0]}`,
    ];
    for (const text of shapes) expect(await refusalOf(Buffer.from(text))).toMatch(NOT_GENUINE);
  });

  test('as it should be, it is welcome', async () => {
    const { replies } = await exchange(door.port, doorOf(name).submit(await good()));
    expect(replies.map(({ status }) => status)).toEqual([200]);
    expect(JSON.parse(replies[0]?.body ?? '')).toMatchObject(
      name === 'appraise' ? { authentic: true, binding: 'verified' } : { status: 'affirming' },
    );
    // The challenge of attest is spent with that.
    doors = await evidenceDoors(door);
  });

  test('afterwards', () => door.expectUntouched());
});

describe('an HCL envelope', () => {
  test('with lengths that lie, at the door that takes envelopes', async () => {
    const { submit } = doorOf('appraise');
    const { evidence } = await guestWith(noise('hcl', 64), { envelope: 'azure-hcl' });
    for (const offset of [4, 8, 12, 16, 20, 1216, 1220, 1224, 1228, 1232]) {
      for (const values of [HUGE, [0, 0, 0, 0x80], [0, 0, 0, 0]]) {
        const changed = withBytes(evidence, offset, ...values);
        if (Buffer.from(changed).equals(evidence)) continue;
        expect(refusedWith(await door.send(submit(changed)))).toMatch(NOT_GENUINE);
      }
    }
  });

  test('afterwards', () => door.expectUntouched());
});
