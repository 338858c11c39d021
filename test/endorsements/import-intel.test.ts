import { describe, expect, test } from '@jest/globals';
import { type ImportTarget, importEndorsements } from '../../src/endorsements/import.js';
import type { EndorsementDocument, EndorsementTrack } from '../../src/rats/endorsement.js';
import { anchorsOf, intelAnchorsOf, intelFiles, mintTd } from '../../src/simulator/index.js';
import { SCHEMES } from '../../src/tee/registry.js';
import { openPgliteEngine } from '../contract/engine.js';
import { SIMULATED_AT, simulatedIntel, simulatedVendor } from '../simulated-vendor.js';

describe('import of Intel’s documents', () => {
  const NAMES = [
    'tcb_info.json',
    'qe_identity.json',
    'tcb_signing_chain.pem',
    'pck_crl.der',
    'pck_crl_issuer_chain.pem',
    'root_ca_crl.der',
  ];

  async function target(
    kept: EndorsementDocument[],
    track: EndorsementTrack = 'standard',
  ): Promise<ImportTarget> {
    return {
      schemes: SCHEMES,
      store: {
        keep: async (_realm, document) => {
          kept.push(document);
          return 'current';
        },
      },
      realm: 'simulated',
      anchors: intelAnchorsOf(await simulatedIntel()),
      track,
      source: 'test',
      now: SIMULATED_AT,
    };
  }
  /** The layout of the first family and the Platform CA, in a directory. */
  async function filesIn(directory: string): Promise<{ path: string; bytes: Uint8Array }[]> {
    const all = await intelFiles(await simulatedIntel(), SIMULATED_AT);
    return all.slice(0, NAMES.length).map(({ path, bytes }) => ({
      path: `${directory}${path.slice(path.lastIndexOf('/') + 1)}`,
      bytes,
    }));
  }
  const subjectsOf = (kept: readonly EndorsementDocument[]): string[] =>
    [...new Set(kept.map(({ kind, subject }) => `${kind} ${subject}`))].sort();

  test('keeps a whole directory, in whatever order its files come', async () => {
    const files = await filesIn('intel/');
    expect(files.map(({ path }) => path).sort()).toEqual(NAMES.map((name) => `intel/${name}`).sort());
    for (const order of [files, [...files].reverse()]) {
      const kept: EndorsementDocument[] = [];
      const report = await importEndorsements(order, await target(kept));
      expect([report.rejected, report.imported.length]).toEqual([[], 8]);
      expect(subjectsOf(kept)).toEqual([
        'tdx-pck-ca platform',
        'tdx-pck-crl platform',
        'tdx-qe-identity standard',
        'tdx-root-crl intel',
        'tdx-tcb-info a55a6f000000/standard',
        'tdx-tcb-signing intel',
      ]);
    }
  });

  test('keeps every family and authority, each from its own directory', async () => {
    const kept: EndorsementDocument[] = [];
    const files = await intelFiles(await simulatedIntel(), SIMULATED_AT);
    const report = await importEndorsements(files, await target(kept));
    expect(report.rejected).toEqual([]);
    const subjects = subjectsOf(kept);
    for (const ca of ['platform', 'processor']) expect(subjects).toContain(`tdx-pck-crl ${ca}`);
    for (const fmspc of ['a55a6f000000', 'a55a7f000000'])
      expect(subjects).toContain(`tdx-tcb-info ${fmspc}/standard`);
  });

  test('files of one directory see each other, and not those of another', async () => {
    const [documents, chains] = [await filesIn('documents/'), await filesIn('chains/')];
    const isChain = ({ path }: { path: string }) => path.endsWith('.pem');
    for (const [one, other] of [
      [documents.filter((file) => !isChain(file)), chains.filter(isChain)],
      // Not above it, not below it, and not in one whose name begins alike.
      [await filesIn('').then((files) => files.filter((file) => !isChain(file))), chains.filter(isChain)],
      [documents.filter((file) => !isChain(file)), await filesIn('').then((files) => files.filter(isChain))],
      [
        documents.filter((file) => !isChain(file)),
        await filesIn('documents/more/').then((files) => files.filter(isChain)),
      ],
      [
        documents.filter((file) => !isChain(file)),
        await filesIn('documents2/').then((files) => files.filter(isChain)),
      ],
    ] as const) {
      const kept: EndorsementDocument[] = [];
      const report = await importEndorsements([...one, ...other], await target(kept));
      expect(
        report.rejected.map(({ file, code }) => [file.slice(file.lastIndexOf('/') + 1), code]).sort(),
      ).toEqual([
        ['pck_crl.der', 'tdx_crl_signature_invalid'],
        ['qe_identity.json', 'tdx_qe_identity_signature_invalid'],
        ['tcb_info.json', 'tdx_tcb_info_signature_invalid'],
      ]);
      // The root's list needs no chain beside it, and chains stand for themselves.
      expect(subjectsOf(kept)).toEqual([
        'tdx-pck-ca platform',
        'tdx-root-crl intel',
        'tdx-tcb-signing intel',
      ]);
    }
    const atTop: EndorsementDocument[] = [];
    expect((await importEndorsements(await filesIn(''), await target(atTop))).rejected).toEqual([]);
  });

  test('of the early track are kept beside those of the standard one', async () => {
    const kept: EndorsementDocument[] = [];
    for (const track of ['standard', 'early'] as const) {
      const report = await importEndorsements(await filesIn(`${track}/`), await target(kept, track));
      expect(report.rejected).toEqual([]);
    }
    const subjects = subjectsOf(kept);
    for (const track of ['standard', 'early']) {
      expect(subjects).toContain(`tdx-tcb-info a55a6f000000/${track}`);
      expect(subjects).toContain(`tdx-qe-identity ${track}`);
    }
  });

  test('good ones are kept though others of their directory are not', async () => {
    const files = (await filesIn('intel/')).map((file) =>
      file.path.endsWith('qe_identity.json') ? { ...file, bytes: new Uint8Array(Buffer.from('{}')) } : file,
    );
    const kept: EndorsementDocument[] = [];
    const report = await importEndorsements(files, await target(kept));
    expect(report.rejected.map(({ file, code }) => [file, code])).toEqual([
      ['intel/qe_identity.json', 'collateral_malformed'],
    ]);
    expect(report.imported).toHaveLength(6);
    const foreign = await importEndorsements(files, {
      ...(await target([])),
      anchors: anchorsOf(await simulatedVendor()),
    });
    expect(foreign.imported).toEqual([]);
    expect(new Set(foreign.rejected.map(({ code }) => code))).toEqual(new Set(['tdx_pck_chain_untrusted']));
  });

  test('older_issue_date_after_newer_refused: an old document is kept and never used again', async () => {
    const { stores, close } = await openPgliteEngine();
    const { keep, find } = stores.endorsements;
    const into = { ...(await target([])), store: { keep } };
    const fmspc = 'a55a6f000000';
    const needs = [
      { kind: 'tdx-tcb-info', subject: `${fmspc}/standard` },
      { kind: 'tdx-qe-identity', subject: 'standard' },
    ];
    const found = async () => {
      const all = await find('simulated', needs, { at: SIMULATED_AT, tense: 'now' });
      return needs.map(({ kind }) => all.find((one) => one.kind === kind)?.bytes);
    };
    const generation = async (days: number, evaluationNumber: number) => {
      const issueDate = new Date(SIMULATED_AT.getTime() - days * 86_400_000);
      const change = { issueDate, evaluationNumber };
      const { documents } = await mintTd(await simulatedIntel(), {
        at: SIMULATED_AT,
        changes: {
          tcbInfo: (plan) => ({ ...plan, ...change }),
          qeIdentity: (plan) => ({ ...plan, ...change }),
        },
      });
      const { tcbInfo, qeIdentity, tcbSigningChain } = documents;
      if (tcbInfo === null || qeIdentity === null || tcbSigningChain === null)
        throw new Error('all are minted');
      const files = [
        { path: 'tcb_info.json', bytes: tcbInfo },
        { path: 'qe_identity.json', bytes: qeIdentity },
        { path: 'tcb_signing_chain.pem', bytes: tcbSigningChain },
      ];
      const { imported, rejected } = await importEndorsements(files, into);
      expect(rejected).toEqual([]);
      const states = imported.filter(({ kind }) => kind !== 'tdx-tcb-signing').map(({ state }) => state);
      return { states, bytes: [tcbInfo, qeIdentity] };
    };
    try {
      const first = await generation(10, 18);
      expect([first.states, await found()]).toEqual([['current', 'current'], first.bytes]);
      // Older by date, and later by date but of an evaluation before.
      for (const [age, number] of [
        [11, 18],
        [1, 17],
      ] as const) {
        expect((await generation(age, number)).states).toEqual(['past', 'past']);
        expect(await found()).toEqual(first.bytes);
      }
      const later = await generation(9, 18);
      expect([later.states, await found()]).toEqual([['current', 'current'], later.bytes]);
    } finally {
      await close();
    }
  });
});
