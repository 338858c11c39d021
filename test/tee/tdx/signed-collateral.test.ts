import { beforeAll, describe, expect, test } from '@jest/globals';
import type { RefusalCode } from '../../../src/rats/refusal.js';
import type { SimulatedTd, TdChanges } from '../../../src/simulator/index.js';
import { type IntelAuthorities, mintIntelAuthorities } from '../../../src/simulator/intel/authorities.js';
import { makeEcKey } from '../../../src/simulator/key-pair.js';
import { simulatedIntel } from '../../simulated-vendor.js';
import {
  AT,
  changedTd,
  days,
  flipped,
  judge,
  lacking,
  present,
  replacing,
  seconds,
  tdOf,
  textBytes,
  verdictOf,
} from './judged.js';

let td: SimulatedTd;
let genuine: IntelAuthorities;
let stranger: IntelAuthorities;

beforeAll(async () => {
  td = await tdOf();
  genuine = (await simulatedIntel()).authorities;
  stranger = await mintIntelAuthorities(AT);
});

type Member = 'tcbInfo' | 'qeIdentity';
interface Document {
  readonly member: Member;
  readonly kind: string;
  readonly signatureCode: RefusalCode;
}
const DOCUMENTS: readonly Document[] = [
  { member: 'tcbInfo', kind: 'tdx-tcb-info', signatureCode: 'tdx_tcb_info_signature_invalid' },
  { member: 'qeIdentity', kind: 'tdx-qe-identity', signatureCode: 'tdx_qe_identity_signature_invalid' },
];

/** What both documents' plans have in common. */
interface Plan {
  readonly id: string;
  readonly version: number;
  readonly issueDate: Date;
  readonly nextUpdate: Date;
  readonly signingKey: (typeof genuine)['root']['key'];
  readonly edit?: ((json: string) => string) | undefined;
}
const documentTd = (member: Member, change: Partial<Plan>): Promise<SimulatedTd> =>
  changedTd({ [member]: (plan: Plan) => ({ ...plan, ...change }) } as TdChanges);

describe.each(DOCUMENTS)('the signature of $kind', ({ member, kind, signatureCode }) => {
  test('is made with the TCB signing key', async () => {
    const keys = [genuine.root.key, genuine.platform.key, stranger.tcbSigning.key, await makeEcKey('P-256')];
    for (const signingKey of keys) {
      const verdict = await judge(await documentTd(member, { signingKey }));
      expect([verdict.kind, verdict.failures]).toEqual(['undecided', [signatureCode]]);
      expect(verdict.entry(signatureCode).observed).toBe('it does not hold');
    }
  });

  test('covers every byte of the inner object, and no bit of itself can change', async () => {
    const document = present(td.documents[member]);
    const never: number[] = [];
    for (let at = 0; at < document.length; at += 5) {
      const changed = flipped(document, at, 1 << (at % 8));
      if ((await verdictOf(td, { endorsements: replacing(td, kind, changed) })) === 'authentic')
        never.push(at);
    }
    expect(never).toEqual([]);
  });

  test('is over the bytes as sent: they are never written anew', async () => {
    const text = Buffer.from(present(td.documents[member])).toString('utf8');
    const put = (other: string) => verdictOf(td, { endorsements: replacing(td, kind, textBytes(other)) });
    // Outside the inner object nothing is signed, and spaces and order mean nothing.
    expect(await put(text.replace(',"signature"', ' ,\n "signature" '))).toBe('authentic');
    const [, name, inner, signature] = /^\{"(\w+)":(\{.*\}),"signature":"(\w+)"\}$/.exec(text) ?? [];
    expect(await put(`{"signature":"${signature}","${name}":${inner}}`)).toBe('authentic');
    // Inside, the same object in other words is another document.
    expect(await put(text.replace('"version":', '"version": '))).toBe(signatureCode);
    expect(await put(text.replace('"id":"T', '"id":"\\u0054'))).toBe(signatureCode);
    const reordered = text.replace(/("id":"\w+"),("version":\d)/, '$2,$1');
    expect(reordered).not.toBe(text);
    expect(await put(reordered)).toBe(signatureCode);
    const pretty = await documentTd(member, { edit: (json) => JSON.stringify(JSON.parse(json), null, 2) });
    expect(await verdictOf(pretty)).toBe('authentic');
  });

  test('duplicate_unknown_trailing_json_fails, properly signed or not', async () => {
    for (const edit of [
      (json: string) => json.replace('{', '{"extra":1,'),
      (json: string) => json.replace('{"id":', '{"id":"TDX","id":'),
      (json: string) => json.replace('"version":', '"version":3,"version":'),
      (json: string) => `${json.slice(0, -1)},}`,
    ]) {
      const verdict = await judge(await documentTd(member, { edit }));
      expect([verdict.kind, verdict.failures]).toEqual(['undecided', ['collateral_malformed']]);
      expect(verdict.entry(signatureCode).outcome).toBe('not_run');
    }
    const document = Buffer.from(present(td.documents[member]));
    for (const changed of [
      Buffer.concat([document, Buffer.from('{}')]),
      Buffer.concat([document, Buffer.of(0)]),
      Buffer.from(document.toString().replace(/\}$/, ',"note":1}')),
      Buffer.concat([Buffer.from('\ufeff'), document]),
      Buffer.from('[]'),
      Buffer.alloc(0),
    ]) {
      const endorsements = replacing(td, kind, new Uint8Array(changed));
      expect(await verdictOf(td, { endorsements })).toBe('collateral_malformed');
    }
  });

  test('both ends of its window belong to it', async () => {
    const window = { issueDate: days(-1), nextUpdate: days(1) };
    for (const change of [
      { ...window, issueDate: AT },
      { ...window, nextUpdate: AT },
    ]) {
      expect(await verdictOf(await documentTd(member, change))).toBe('authentic');
    }
  });

  test('expired_tcb_info_fails', async () => {
    const change = { issueDate: days(-30), nextUpdate: seconds(-1) };
    const verdict = await judge(await documentTd(member, change));
    expect([verdict.kind, verdict.failures]).toEqual(['undecided', ['stale_collateral']]);
    expect(verdict.entry('stale_collateral').observed).toContain('nextUpdate 2026-11-20T11:59:59.000Z');
    expect(verdict.unrun).toContain('tdx_tcb_not_supported');
  });

  test('from the future it says nothing yet', async () => {
    const verdict = await judge(await documentTd(member, { issueDate: seconds(1), nextUpdate: days(30) }));
    expect([verdict.kind, verdict.failures]).toEqual(['undecided', ['clock_skew']]);
  });

  test('that is absent leaves the verdict undecided, and says how to get it', async () => {
    const verdict = await judge(td, { endorsements: lacking(td, kind) });
    expect([verdict.kind, verdict.failures]).toEqual(['undecided', ['collateral_unavailable']]);
    const path = member === 'tcbInfo' ? '/tdx/certification/v4/tcb?fmspc=a55a6f000000' : '/v4/qe/identity';
    expect(verdict.entry('collateral_unavailable').remedy).toContain(path);
  });
});

describe('a document about something else', () => {
  test.each([
    ['SGX’s', { id: 'SGX' }],
    ['version 2', { version: 2 }],
    ['version 4', { version: 4 }],
    ['another family', { fmspc: 'a55a7f000000' }],
    ['another PCE', { pceId: '0001' }],
  ])('is TCB info of %s: refused', async (_what, change) => {
    const other = await changedTd({ tcbInfo: (plan) => ({ ...plan, ...change }) });
    const { kind, failures, unrun } = await judge(other);
    expect([kind, failures]).toEqual(['refused', ['tdx_tcb_info_mismatch']]);
    expect(unrun).toEqual(
      expect.arrayContaining(['tdx_module_mismatch', 'tdx_tcb_not_supported', 'tdx_tcb_revoked']),
    );
  });

  test.each([
    ['another enclave', { id: 'QE' }],
    ['the quote verification enclave', { id: 'QVE' }],
    ['version 1', { version: 1 }],
    ['version 3', { version: 3 }],
  ])('is the identity of %s: undecided', async (_what, change) => {
    const other = await changedTd({ qeIdentity: (plan) => ({ ...plan, ...change }) });
    const { kind, failures, entry } = await judge(other);
    expect([kind, failures]).toEqual(['undecided', ['tdx_qe_identity_signature_invalid']]);
    expect(entry('tdx_qe_identity_signature_invalid').expected).toBe('the identity TD_QE of version 2');
  });

  test('is so only when Intel signed it', async () => {
    const forged = await changedTd({
      tcbInfo: (plan) => ({ ...plan, id: 'SGX', signingKey: genuine.root.key }),
    });
    expect((await judge(forged)).failures).toEqual(['tdx_tcb_info_signature_invalid']);
  });

  test('in the place of the other document is malformed', async () => {
    const swapped = [
      ...lacking(td, 'tdx-tcb-info', 'tdx-qe-identity'),
      { kind: 'tdx-tcb-info', subject: 'x', bytes: present(td.documents.qeIdentity) },
      { kind: 'tdx-qe-identity', subject: 'x', bytes: present(td.documents.tcbInfo) },
    ];
    expect((await judge(td, { endorsements: swapped })).failures).toEqual(['collateral_malformed']);
  });
});
