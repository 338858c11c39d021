import { verify, X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import * as pkijs from 'pkijs';
import {
  intelFiles,
  LEVEL_STATUSES,
  mintTd,
  SIMULATED_FMSPCS,
  type TdOptions,
} from '../../../src/simulator/index.js';
import { SIMULATED_AT } from '../../simulated-vendor.js';
import { innerOf, pemBlocks, simulatedIntel } from './simulated-intel.js';

const DAY = 86_400_000;
const HOUR = 3_600_000;

const mint = async (options: Omit<TdOptions, 'at'> = {}) =>
  mintTd(await simulatedIntel(), { at: SIMULATED_AT, ...options });

const textOf = (bytes: Uint8Array | null) => Buffer.from(bytes ?? []).toString('utf8');

/** Whether the signature over the inner object is that of the first certificate of the chain. */
function isSigned(document: Uint8Array | null, member: string, chain: Uint8Array | null): boolean {
  const { text, signature } = innerOf(document ?? new Uint8Array(), member);
  const [signer] = pemBlocks(textOf(chain));
  const { publicKey } = new X509Certificate(signer ?? Buffer.alloc(0));
  return verify('sha256', Buffer.from(text), { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
}

describe('TCB info and QE identity', () => {
  it('are signed over the inner object by the TCB signing certificate, which the root issued', async () => {
    const { documents, anchorDer } = await mint();
    expect(isSigned(documents.tcbInfo, 'tcbInfo', documents.tcbSigningChain)).toBe(true);
    expect(isSigned(documents.qeIdentity, 'enclaveIdentity', documents.tcbSigningChain)).toBe(true);
    const [signer, root] = pemBlocks(textOf(documents.tcbSigningChain)).map(
      (der) => new X509Certificate(der),
    );
    expect(signer?.subject).toContain('CN=Intel SGX TCB Signing');
    expect(root?.raw).toEqual(Buffer.from(anchorDer));
    expect(root !== undefined && signer?.verify(root.publicKey)).toBe(true);
    expect(signer?.ca).toBe(false);
  });

  it('have the service’s members in the service’s order, for thirty days from an hour before', async () => {
    const { documents } = await mint();
    const info = JSON.parse(innerOf(documents.tcbInfo ?? new Uint8Array(), 'tcbInfo').text);
    expect(Object.keys(info)).toEqual([
      ...['id', 'version', 'issueDate', 'nextUpdate', 'fmspc', 'pceId', 'tcbType'],
      ...['tcbEvaluationDataNumber', 'tdxModule', 'tdxModuleIdentities', 'tcbLevels'],
    ]);
    expect(info).toMatchObject({ id: 'TDX', version: 3, fmspc: 'A55A6F000000', pceId: '0000', tcbType: 0 });
    expect(Object.keys(info.tcbLevels[1])).toEqual(['tcb', 'tcbDate', 'tcbStatus', 'advisoryIDs']);
    expect(Object.keys(info.tcbLevels[0].tcb)).toEqual(['sgxtcbcomponents', 'pcesvn', 'tdxtcbcomponents']);
    expect(info.tcbLevels[0].tcb.sgxtcbcomponents).toHaveLength(16);
    expect(info.tcbLevels.map(({ tcbStatus }: { tcbStatus: string }) => tcbStatus)).toEqual([
      ...LEVEL_STATUSES,
    ]);
    const identity = JSON.parse(innerOf(documents.qeIdentity ?? new Uint8Array(), 'enclaveIdentity').text);
    expect(Object.keys(identity)).toEqual([
      ...['id', 'version', 'issueDate', 'nextUpdate', 'tcbEvaluationDataNumber', 'miscselect'],
      ...['miscselectMask', 'attributes', 'attributesMask', 'mrsigner', 'isvprodid', 'tcbLevels'],
    ]);
    expect(identity).toMatchObject({ id: 'TD_QE', version: 2, isvprodid: 2 });
    for (const { issueDate, nextUpdate } of [info, identity]) {
      expect(issueDate).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/u);
      expect(Date.parse(issueDate)).toBe(SIMULATED_AT.getTime() - HOUR);
      expect(Date.parse(nextUpdate) - Date.parse(issueDate)).toBe(30 * DAY);
    }
  });

  it('are signed again whatever is changed before, to the letter of their text', async () => {
    const { documents, endorsements } = await mint({
      changes: {
        tcbInfo: (plan) => ({
          ...plan,
          version: 4,
          moduleIdentities: null,
          edit: (json) => json.replace('"id"', ' "id"'),
        }),
        qeIdentity: () => null,
      },
    });
    const { text } = innerOf(documents.tcbInfo ?? new Uint8Array(), 'tcbInfo');
    expect(text).toMatch(/^\{ "id":"TDX","version":4,/u);
    expect(text).not.toContain('tdxModuleIdentities');
    expect(isSigned(documents.tcbInfo, 'tcbInfo', documents.tcbSigningChain)).toBe(true);
    expect(documents.qeIdentity).toBeNull();
    expect(endorsements.map(({ kind }) => kind)).not.toContain('tdx-qe-identity');
  });

  it('follow a signing certificate that was changed', async () => {
    const usual = await mint();
    const { documents } = await mint({
      changes: { tcbSigning: (plan) => ({ ...plan, notAfter: new Date('2030-01-01T00:00:00Z') }) },
    });
    expect(isSigned(documents.tcbInfo, 'tcbInfo', documents.tcbSigningChain)).toBe(true);
    const signers = [usual.documents, documents].map(({ tcbSigningChain }) => {
      const [der] = pemBlocks(textOf(tcbSigningChain));
      return new X509Certificate(der ?? Buffer.alloc(0));
    });
    const [first, second] = signers;
    expect(second?.serialNumber).toBe(first?.serialNumber);
    expect(second?.validTo).toContain('2030');
    expect(first?.validTo).not.toContain('2030');
  });
});

describe('the lists', () => {
  async function listOf(der: Uint8Array | null, issuer: Buffer | undefined) {
    const list = pkijs.CertificateRevocationList.fromBER(Uint8Array.from(der ?? []));
    const { publicKey } = new X509Certificate(issuer ?? Buffer.alloc(0));
    const signature = list.signatureValue.valueBlock.valueHexView;
    return { list, signed: verify('sha256', list.tbsView, publicKey, signature) };
  }

  it.each(['platform', 'processor'] as const)('of the %s CA names the one revoked PCK', async (ca) => {
    const { documents } = await mint({ ca });
    const [issuer] = pemBlocks(textOf(documents.pckCrlIssuerChain));
    const { list, signed } = await listOf(documents.pckCrl, issuer);
    expect(signed).toBe(true);
    const revoked = list.revokedCertificates?.map(({ userCertificate }) => userCertificate.toBigInt());
    expect(revoked).toHaveLength(1);
    expect((list.nextUpdate?.value.getTime() ?? 0) - list.thisUpdate.value.getTime()).toBe(30 * DAY);
    const { pckChain } = await mint({ ca, revoked: true });
    const { serialNumber } = new X509Certificate(pckChain[0] ?? Buffer.alloc(0));
    expect(BigInt(`0x${serialNumber}`)).toBe(revoked?.[0]);
  });

  it('of the root is empty and holds for a year; all have number 1', async () => {
    const { documents, anchorDer } = await mint();
    const { list, signed } = await listOf(documents.rootCrl, Buffer.from(anchorDer));
    expect(signed).toBe(true);
    expect(list.revokedCertificates ?? []).toHaveLength(0);
    expect((list.nextUpdate?.value.getTime() ?? 0) - list.thisUpdate.value.getTime()).toBe(365 * DAY);
    for (const der of [documents.rootCrl, documents.pckCrl]) {
      expect(Buffer.from(der ?? []).toString('hex')).toContain('0603551d140403020101');
      expect(Buffer.from(der ?? []).toString('hex')).toContain('0603551d23041830168014');
    }
  });
});

describe('what the vendor publishes', () => {
  it('is one complete directory per family and authority, and endorses TDs as it stands', async () => {
    const intel = await simulatedIntel();
    const files = await intelFiles(intel, SIMULATED_AT);
    const directories = SIMULATED_FMSPCS.flatMap((fmspc) => [`${fmspc}/platform`, `${fmspc}/processor`]);
    const names = [
      ...['tcb_info.json', 'qe_identity.json', 'tcb_signing_chain.pem'],
      ...['pck_crl.der', 'pck_crl_issuer_chain.pem', 'root_ca_crl.der'],
    ];
    expect(files.map(({ path }) => path).sort()).toEqual(
      directories.flatMap((directory) => names.map((name) => `${directory}/${name}`)).sort(),
    );
    const fmspc = SIMULATED_FMSPCS[1];
    const { documents } = await mint({ fmspc, ca: 'processor' });
    const published = (name: string) =>
      Buffer.from(files.find(({ path }) => path === `${fmspc}/processor/${name}`)?.bytes ?? []);
    expect(published('tcb_info.json')).toEqual(Buffer.from(documents.tcbInfo ?? []));
    expect(published('pck_crl.der')).toEqual(Buffer.from(documents.pckCrl ?? []));
    expect(published('tcb_signing_chain.pem')).toEqual(Buffer.from(documents.tcbSigningChain ?? []));
    expect(published('pck_crl_issuer_chain.pem')).toEqual(Buffer.from(documents.pckCrlIssuerChain ?? []));
  });

  it('is minted for any instant and any family that is asked for', async () => {
    const intel = await simulatedIntel();
    const at = new Date('2024-02-29T00:00:00Z');
    const { documents } = await mintTd(intel, { at, fmspc: 'a55a8f000000' });
    const info = JSON.parse(innerOf(documents.tcbInfo ?? new Uint8Array(), 'tcbInfo').text);
    expect(info).toMatchObject({ fmspc: 'A55A8F000000', issueDate: '2024-02-28T23:00:00Z' });
    expect(isSigned(documents.tcbInfo, 'tcbInfo', documents.tcbSigningChain)).toBe(true);
  });

  it('has the endorsement kinds and subjects that a quote needs', async () => {
    const { endorsements, documents } = await mint();
    expect(endorsements.map(({ kind, subject }) => [kind, subject])).toEqual([
      ['tdx-tcb-info', 'a55a6f000000/standard'],
      ['tdx-qe-identity', 'standard'],
      ['tdx-tcb-signing', 'intel'],
      ['tdx-pck-crl', 'platform'],
      ['tdx-pck-ca', 'platform'],
      ['tdx-root-crl', 'intel'],
    ]);
    expect(endorsements[0]?.bytes).toBe(documents.tcbInfo);
  });
});
