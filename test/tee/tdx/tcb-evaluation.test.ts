/** Whether vendor documents are about this platform, and what is not judged where one is not in force. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { notRun } from '../../../src/rats/check.js';
import type { RefusalCode } from '../../../src/rats/refusal.js';
import type { CheckResult, JsonObject } from '../../../src/rats/result.js';
import type { OtherDocument } from '../../../src/tee/tdx/collateral.js';
import { examinePckChain, type PckChain, readPresentedChain } from '../../../src/tee/tdx/pck-chain.js';
import type { PckCertification } from '../../../src/tee/tdx/qe.js';
import type { QeIdentity } from '../../../src/tee/tdx/qe-identity.js';
import { readQuote } from '../../../src/tee/tdx/quote.js';
import type { DocumentFindings } from '../../../src/tee/tdx/signed-collateral.js';
import { assessTcb, checkDocuments } from '../../../src/tee/tdx/tcb-evaluation.js';
import { readTcbInfo, type TcbInfo } from '../../../src/tee/tdx/tcb-info.js';
import { NO_DEMANDS } from '../context.js';
import { pinnedIntel } from './examined-chain.js';
import { AT, tdOf } from './judged.js';
import {
  isvSvnLevel,
  moduleIdentity,
  qeIdentityOf,
  tcbInfoBytes,
  tcbInfoJson,
  tcbInfoOf,
} from './tcb-documents.js';

let chain: PckChain;
let certification: PckCertification;
let quote: ReturnType<typeof readQuote>;
beforeAll(async () => {
  quote = readQuote((await tdOf()).quote);
  const found = quote.signature?.certification;
  if (found?.kind !== 'pck-chain') throw new Error('a simulated quote has a PCK chain');
  certification = found;
  const examined = await examinePckChain(readPresentedChain(found.chain), await pinnedIntel(), AT);
  if (examined.chain === null) throw new Error('a simulated chain is good');
  chain = examined.chain;
});

/** Of a document that is signed and in force, or of another that is signed. */
function findings<Content>(
  content: Content | null,
  other: OtherDocument | null = null,
): DocumentFindings<Content> {
  const signed =
    content === null ? null : { content, signer: { certificate: chain.ca, root: chain.root }, sha256: '' };
  const signature = notRun('tdx_tcb_info_signature_invalid', 'a test', 'not looked at');
  return { signed, inForce: signed, signer: null, other, signature, problems: [] };
}

const info = (changes: JsonObject = {}) => findings(tcbInfoOf({ fmspc: 'A55A6F000000', ...changes }));
const identity = () => findings(qeIdentityOf());

const otherInfo = (): OtherDocument => {
  const document = readTcbInfo(tcbInfoBytes(tcbInfoJson({ id: 'SGX', version: 4 })));
  if (document.kind !== 'other') throw new Error('another document was meant');
  return document;
};
const told = (checks: readonly CheckResult[], id: RefusalCode) => {
  const check = checks.find((one) => one.id === id);
  return [check?.outcome, check?.expected, check?.observed];
};

describe('TCB info', () => {
  const check = (tcbInfo: ReturnType<typeof info>, of: PckChain | null = chain) =>
    told(checkDocuments({ chain: of, tcbInfo, qeIdentity: identity() }, NO_DEMANDS), 'tdx_tcb_info_mismatch');
  const EXPECTED = 'TCB info of FMSPC a55a6f000000, PCEID 0000';

  test('is about the platform by family and by enclave', () => {
    expect(check(info())).toEqual(['pass', EXPECTED, 'FMSPC a55a6f000000, PCEID 0000, evaluation 17']);
    expect(check(info({ fmspc: 'A55A7F000000' }))).toEqual([
      'fail',
      EXPECTED,
      'FMSPC a55a7f000000, PCEID 0000, evaluation 17',
    ]);
    expect(check(info({ pceId: '0001' }))).toEqual([
      'fail',
      EXPECTED,
      'FMSPC a55a6f000000, PCEID 0001, evaluation 17',
    ]);
  });

  test('of another kind is named', () => {
    expect(check(findings<TcbInfo>(null, otherInfo()))).toEqual([
      'fail',
      'TCB info TDX of version 3',
      'SGX of version 4',
    ]);
  });

  test('is not compared where there is nothing to compare', () => {
    const why = 'no PCK certificate, or no TCB info that Intel signed';
    expect(check(info(), null)).toEqual(['not_run', null, why]);
    expect(check(findings<TcbInfo>(null))).toEqual(['not_run', null, why]);
  });
});

describe('a QE identity', () => {
  const checks = (qeIdentity: ReturnType<typeof identity>) =>
    checkDocuments({ chain, tcbInfo: info(), qeIdentity }, NO_DEMANDS);

  test('of another enclave is named, and no entry is made of the right one', () => {
    expect(checks(identity()).map(({ id }) => id)).toEqual([
      'tdx_tcb_info_mismatch',
      'tdx_tcb_evaluation_number_too_low',
    ]);
    const other = { ...otherInfo(), id: 'QE', version: 2 };
    const found = told(checks(findings<QeIdentity>(null, other)), 'tdx_qe_identity_signature_invalid');
    expect(found).toEqual(['fail', 'the identity TD_QE of version 2', 'QE of version 2']);
  });
});

describe('levels', () => {
  const assess = (changes: Partial<Parameters<typeof assessTcb>[0]>) =>
    assessTcb({ quote, chain, certification, tcbInfo: info(), qeIdentity: identity(), ...changes });
  const unrun = (why: string) => [
    ['tdx_tcb_not_supported', 'not_run', why],
    ['tdx_tcb_revoked', 'not_run', why],
  ];
  const words = (checks: readonly CheckResult[]) =>
    checks.map(({ id, outcome, observed }) => [id, outcome, observed]);

  test('are judged where everything is at hand', () => {
    expect(assess({}).finding?.status).toBe('UpToDate');
  });

  test.each<[string, () => Partial<Parameters<typeof assessTcb>[0]>]>([
    ['no chain', () => ({ chain: null })],
    ['no TCB info', () => ({ tcbInfo: findings<TcbInfo>(null) })],
    ['one about another enclave', () => ({ tcbInfo: info({ pceId: '0001' }) })],
  ])('are not where there is %s', (_what, changes) => {
    const why = 'no TCB info in force that is about this platform';
    const { finding, checks } = assess(changes());
    expect(finding).toBeNull();
    expect(words(checks)).toEqual([['tdx_module_mismatch', 'not_run', why], ...unrun(why)]);
  });

  test.each<[string, () => Partial<Parameters<typeof assessTcb>[0]>]>([
    ['no QE identity', () => ({ qeIdentity: findings<QeIdentity>(null) })],
    ['no QE report', () => ({ certification: null })],
  ])('are not where there is %s, and the module is', (_what, changes) => {
    const { finding, checks } = assess(changes());
    expect(finding).toBeNull();
    const [module, ...levels] = words(checks);
    expect(module?.slice(0, 2)).toEqual(['tdx_module_mismatch', 'pass']);
    expect(levels).toEqual(unrun('no QE identity in force'));
  });

  test('are not where the module is nobody’s', () => {
    const tcbInfo = info({ tdxModuleIdentities: [moduleIdentity('TDX_77', [isvSvnLevel(0)])] });
    const { checks } = assess({ tcbInfo, qeIdentity: findings<QeIdentity>(null) });
    expect(words(checks).slice(1)).toEqual(unrun('no identity of the TDX module to take levels from'));
  });
});
