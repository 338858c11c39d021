import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readEndorsementDirectory } from '../../src/endorsements/offline.js';
import { snpScheme } from '../../src/tee/snp/index.js';
import { tdxScheme } from '../../src/tee/tdx/index.js';
import { requirementsOf } from '../../src/tee/tdx/pcs.js';
import { tableAs } from '../tee/snp/bulletin-tables.js';

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text));
const textsOf = (all: readonly Uint8Array[]) => all.map((bytes) => Buffer.from(bytes).toString()).sort();

const AT = new Date('2026-11-20T12:00:00Z');

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'assay-endorsements-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function place(...names: readonly string[]): Promise<void> {
  for (const name of names) await writeFile(join(dir, name), name);
}

describe('a directory of endorsements', () => {
  test('offers certificates to travel with evidence, and lists only when asked for', async () => {
    await place('vcek.der', 'chain.pem', 'vcek_crl.der', 'vlek_crl.der');
    const directory = await readEndorsementDirectory(dir);
    expect(textsOf(directory.certificatesFor(snpScheme))).toEqual(['chain.pem', 'vcek.der']);
    expect(directory.endorsementsFor([{ kind: 'snp-vcek-crl', subject: 'Milan' }], AT)).toEqual([
      { kind: 'snp-vcek-crl', subject: 'Milan', bytes: bytesOf('vcek_crl.der') },
    ]);
  });

  test('keeps the two revocation lists apart', async () => {
    await place('vlek_crl.der');
    const directory = await readEndorsementDirectory(dir);
    expect(directory.endorsementsFor([{ kind: 'snp-vcek-crl', subject: 'Milan' }], AT)).toEqual([]);
    expect(directory.endorsementsFor([{ kind: 'snp-vlek-crl', subject: 'Milan' }], AT)).toHaveLength(1);
  });

  test('may lack everything', async () => {
    const directory = await readEndorsementDirectory(dir);
    expect(directory.certificatesFor(snpScheme)).toEqual([]);
    expect(directory.endorsementsFor([{ kind: 'snp-vcek-crl', subject: 'Milan' }], AT)).toEqual([]);
  });

  test('ignores files of other names', async () => {
    await place('report.bin', 'notes.txt', 'vcek.der.bak');
    expect((await readEndorsementDirectory(dir)).certificatesFor(snpScheme)).toEqual([]);
  });

  test('has nothing for kinds that no scheme knows', async () => {
    await place('vcek_crl.der');
    const directory = await readEndorsementDirectory(dir);
    expect(directory.endorsementsFor([{ kind: 'other', subject: 'Milan' }], AT)).toEqual([]);
  });

  test('refuses in words what cannot be read', async () => {
    await mkdir(join(dir, 'vcek.der'));
    await expect(readEndorsementDirectory(dir)).rejects.toMatchObject({
      refusal: { code: 'request_invalid', detail: expect.stringContaining('vcek.der') },
    });
  });
});

describe('a directory of Intel’s documents', () => {
  const wanted = requirementsOf('b0c06f000000', 'platform');

  test('offers each file for whatever it was asked for, a signing chain for both documents', async () => {
    await place(...tdxScheme.endorsementFiles);
    const directory = await readEndorsementDirectory(dir);
    const offered = directory.endorsementsFor(wanted, AT);
    expect(offered.map(({ kind, subject, bytes }) => [kind, subject, Buffer.from(bytes).toString()])).toEqual(
      [
        ['tdx-root-crl', 'intel', 'root_ca_crl.der'],
        ['tdx-pck-crl', 'platform', 'pck_crl.der'],
        ['tdx-tcb-info', 'b0c06f000000/standard', 'tcb_info.json'],
        ['tdx-qe-identity', 'standard', 'qe_identity.json'],
        ['tdx-tcb-signing', 'intel', 'tcb_signing_chain.pem'],
      ],
    );
    expect(directory.certificatesFor(tdxScheme)).toEqual([]);
  });

  test('may lack any of them, and has nothing for the other vendor', async () => {
    await place('qe_identity.json', 'pck_crl.der');
    const directory = await readEndorsementDirectory(dir);
    expect(directory.endorsementsFor(wanted, AT).map(({ kind }) => kind)).toEqual([
      'tdx-pck-crl',
      'tdx-qe-identity',
    ]);
    expect(directory.endorsementsFor([{ kind: 'snp-vcek-crl', subject: 'Milan' }], AT)).toEqual([]);
    expect(directory.certificatesFor(snpScheme)).toEqual([]);
  });
});

describe('a table of bulletins in a directory', () => {
  const wanted = [{ kind: 'snp-bulletins', subject: 'amd' }];
  const revisionIn = async (at = AT): Promise<string | undefined> => {
    const [table] = (await readEndorsementDirectory(dir)).endorsementsFor(wanted, at);
    return table === undefined ? undefined : JSON.parse(Buffer.from(table.bytes).toString()).revision;
  };
  const shipped = JSON.parse(Buffer.from(snpScheme.vouched?.shipped[0]?.bytes ?? []).toString()).revision;

  test('counts where it is newer than that of this build, from its month on', async () => {
    expect(await revisionIn()).toBe(shipped);
    await writeFile(join(dir, 'bulletins.json'), tableAs('2027-01'));
    expect(await revisionIn()).toBe(shipped);
    expect(await revisionIn(new Date('2027-01-01T00:00:00Z'))).toBe('2027-01');
  });

  test('never takes the place of a newer one', async () => {
    await writeFile(join(dir, 'bulletins.json'), tableAs('2025-01'));
    expect(await revisionIn()).toBe(shipped);
  });

  test('is refused, not passed over, where it is of another form', async () => {
    await writeFile(join(dir, 'bulletins.json'), '{"revision":"2027-01"}');
    await expect(readEndorsementDirectory(dir)).rejects.toMatchObject({
      refusal: { code: 'collateral_malformed' },
    });
  });
});
