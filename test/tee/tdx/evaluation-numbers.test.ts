import { describe, expect, test } from '@jest/globals';
import type { JsonObject, JsonValue } from '../../../src/rats/result.js';
import { secondsOf, signJson } from '../../../src/simulator/intel/signed-json.js';
import { MalformedCollateral } from '../../../src/tee/tdx/collateral.js';
import { readEvaluationNumbers } from '../../../src/tee/tdx/evaluation-numbers.js';
import { simulatedIntel } from '../../simulated-vendor.js';
import { filesOf, readFile, refusedWith } from './endorsement-reading.js';
import { days, present, tdOf, textBytes } from './judged.js';
import { changed, type Path, SIGNATURE } from './tcb-documents.js';

const evaluation = (number: number, date: string): JsonObject => ({
  tcbEvaluationDataNumber: number,
  tcbRecoveryEventDate: `${date}T00:00:00Z`,
  tcbDate: `${date}T00:00:00Z`,
});

const NUMBERS: JsonObject = {
  id: 'TDX',
  version: 1,
  issueDate: '2026-11-19T10:32:27Z',
  nextUpdate: '2026-12-19T10:32:27Z',
  tcbEvalNumbers: [evaluation(18, '2024-11-12'), evaluation(20, '2025-08-12'), evaluation(19, '2025-05-13')],
};

const bytesOf = (numbers: JsonValue): Uint8Array =>
  textBytes(JSON.stringify({ tcbEvaluationDataNumbers: numbers, signature: SIGNATURE }));

/** The file, signed by the simulated Intel or by somebody else. */
async function signed(inner: JsonObject, by: 'tcbSigning' | 'platform' = 'tcbSigning'): Promise<Uint8Array> {
  const { authorities } = await simulatedIntel();
  return signJson('tcbEvaluationDataNumbers', inner, { signingKey: authorities[by].key });
}

describe('Intel’s list of evaluation numbers', () => {
  test('is read with the highest first, in whatever order it is', () => {
    expect(readEvaluationNumbers(bytesOf(NUMBERS))).toMatchObject({
      kind: 'evaluation-numbers',
      id: 'TDX',
      version: 1,
      issueDate: new Date('2026-11-19T10:32:27Z'),
      nextUpdate: new Date('2026-12-19T10:32:27Z'),
      evaluations: [
        { number: 20, recoveryEventDate: new Date('2025-08-12'), tcbDate: new Date('2025-08-12') },
        { number: 19, recoveryEventDate: new Date('2025-05-13'), tcbDate: new Date('2025-05-13') },
        { number: 18, recoveryEventDate: new Date('2024-11-12'), tcbDate: new Date('2024-11-12') },
      ],
    });
  });

  test('of SGX or of a later version is named and not judged', () => {
    for (const [member, value] of [
      ['id', 'SGX'],
      ['version', 2],
    ] as const) {
      const other = { ...NUMBERS, [member]: value, news: true };
      expect(readEvaluationNumbers(bytesOf(other))).toMatchObject({ kind: 'other', [member]: value });
    }
  });

  test.each<[string, Path, JsonValue | undefined]>([
    ['an unknown member', ['fmspc'], 'B0C06F000000'],
    ['no issue date', ['issueDate'], undefined],
    ['an end before its beginning', ['nextUpdate'], '2026-11-18T00:00:00Z'],
    ['no numbers', ['tcbEvalNumbers'], undefined],
    ['an empty list', ['tcbEvalNumbers'], []],
    ['a number twice', ['tcbEvalNumbers'], [evaluation(18, '2024-11-12'), evaluation(18, '2025-05-13')]],
    ['a number that is text', ['tcbEvalNumbers', 0, 'tcbEvaluationDataNumber'], '18'],
    ['a number of 33 bits', ['tcbEvalNumbers', 0, 'tcbEvaluationDataNumber'], 2 ** 32],
    ['no event date', ['tcbEvalNumbers', 0, 'tcbRecoveryEventDate'], undefined],
    ['a date of no calendar', ['tcbEvalNumbers', 0, 'tcbDate'], '2025-02-30T00:00:00Z'],
    ['an unknown member of an evaluation', ['tcbEvalNumbers', 0, 'note'], 1],
  ])('is refused with %s', (_name, path, value) => {
    expect(() => readEvaluationNumbers(bytesOf(NUMBERS))).not.toThrow();
    expect(() => readEvaluationNumbers(bytesOf(changed(NUMBERS, path, value)))).toThrow(MalformedCollateral);
  });

  test('says what is wrong with it', () => {
    const doubled = changed(NUMBERS, ['tcbEvalNumbers', 1], evaluation(18, '2025-05-13'));
    expect(() => readEvaluationNumbers(bytesOf(doubled))).toThrow(
      'tcbEvaluationDataNumbers.tcbEvalNumbers has a number twice',
    );
  });

  test('as a file is kept with its signer, like every document that Intel signs', async () => {
    const beside = filesOf(await tdOf());
    const file = 'tcb_evaluation_data_numbers.json';
    const dated = { ...NUMBERS, issueDate: secondsOf(days(-1)), nextUpdate: secondsOf(days(29)) };
    expect(await readFile(file, await signed(dated), beside)).toEqual([
      'tdx-tcb-signing intel',
      'tdx-tcb-evaluation-numbers tdx',
    ]);
    expect(await readFile(file, await signed(dated), {})).toEqual(
      refusedWith('tdx_tcb_info_signature_invalid', 'tcb_signing_chain.pem'),
    );
    expect(await readFile(file, await signed(dated, 'platform'), beside)).toEqual(
      refusedWith('tdx_tcb_info_signature_invalid', 'did not sign it'),
    );
    expect(await readFile(file, await signed({ ...dated, id: 'SGX' }), beside)).toEqual(
      refusedWith('tdx_tcb_info_mismatch', 'SGX'),
    );
    expect(await readFile(file, present(beside['tcb_info.json']), beside)).toEqual(
      refusedWith('collateral_malformed'),
    );
  });
});
