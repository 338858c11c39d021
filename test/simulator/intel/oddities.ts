/** Names of everything about a TD's material that is not as it should be, seen with node:crypto and pkijs. */
import { createHash, createPublicKey, type KeyObject, verify, X509Certificate } from 'node:crypto';
import * as pkijs from 'pkijs';
import { parseCertificate } from '../../../src/pki/certificate.js';
import type { SimulatedTd, TdSettings } from '../../../src/simulator/index.js';
import { composeTdReport } from '../../../src/simulator/intel/td-report.js';
import { readPck } from '../../../src/tee/tdx/pck.js';
import { logOddities } from './log-oddities.js';
import { innerOf, pemBlocks, type TakenApart, takeApart } from './simulated-intel.js';

const HEADER: Readonly<Record<string, readonly [from: number, to: number]>> = {
  version: [0, 2],
  key_type: [2, 4],
  tee_type: [4, 8],
  vendor: [12, 28],
};

const BODY: Readonly<Record<string, readonly [from: number, to: number]>> = {
  tee_tcb_svn: [0x000, 0x010],
  mrseam: [0x010, 0x040],
  mrsignerseam: [0x040, 0x070],
  seam_attributes: [0x070, 0x078],
  td_attributes: [0x078, 0x080],
  xfam: [0x080, 0x088],
  mrtd: [0x088, 0x0b8],
  owner: [0x0b8, 0x148],
  rtmr0: [0x148, 0x178],
  rtmr1: [0x178, 0x1a8],
  rtmr2: [0x1a8, 0x1d8],
  rtmr3: [0x1d8, 0x208],
  report_data: [0x208, 0x248],
  tee_tcb_svn_2: [0x248, 0x258],
  mrservicetd: [0x258, 0x288],
};

const p1363 = (key: KeyObject) => ({ key, dsaEncoding: 'ieee-p1363' as const });
const hex = (bytes: Uint8Array | null) => Buffer.from(bytes ?? []).toString('hex');

/** Names in the order quote, chain, documents, log. */
export async function oddities(td: SimulatedTd): Promise<string[]> {
  const parts = quoteParts(td);
  return [
    ...quoteOddities(td, parts),
    ...chainOddities(td),
    ...documentOddities(td),
    ...(await listOddities(td)),
    ...logOddities(td),
  ];
}

/** The version of the clean TD says where to cut, so that an odd one is no obstacle. */
function quoteParts({ quote, expected }: SimulatedTd): TakenApart {
  const cut = Uint8Array.from(quote);
  cut[0] = expected.quoteVersion;
  return takeApart(cut);
}

function quoteOddities({ quote, pckChain, expected }: SimulatedTd, parts: TakenApart): string[] {
  const odd: string[] = [];
  const header = `0${expected.quoteVersion}00020081000000${'0'.repeat(8)}939a7233f79c4ca9940a0db3957f0607`;
  for (const [name, [from, to]] of Object.entries(HEADER)) {
    if (hex(quote.subarray(from, to)) !== header.slice(2 * from, 2 * to)) odd.push(name);
  }
  const clean = composeTdReport(expected);
  for (const [name, [from, to]] of Object.entries(BODY)) {
    if (hex(parts.body.subarray(from, to)) !== hex(clean.subarray(from, to))) odd.push(name);
  }
  if (parts.innerType !== 5 || parts.outerType !== 6) odd.push('certification type');
  if (parts.rest.some((byte) => byte !== 0)) odd.push('trailing bytes');
  const coordinate = (from: number) => parts.attestationKey.subarray(from, from + 32).toString('base64url');
  const jwk = { kty: 'EC', crv: 'P-256', x: coordinate(0), y: coordinate(32) };
  const attestation = createPublicKey({ key: jwk, format: 'jwk' });
  const signed = quote.subarray(0, parts.signed.length);
  if (!verify('sha256', signed, p1363(attestation), parts.signature)) odd.push('quote signature');
  const leaf = new X509Certificate(pckChain[0] ?? Buffer.alloc(0));
  if (!verify('sha256', parts.qeReport, p1363(leaf.publicKey), parts.qeSignature)) odd.push('qe signature');
  const binding = createHash('sha256').update(parts.attestationKey).update(parts.authData).digest('hex');
  if (hex(parts.qeReport.subarray(320)) !== binding + '00'.repeat(32)) odd.push('qe binding');
  const signer = createHash('sha256').update('Assay simulated QE signer').digest('hex');
  if (hex(parts.qeReport.subarray(128, 160)) !== signer) odd.push('qe signer');
  if (parts.qeReport.readUInt16LE(258) !== expected.qeIsvSvn) odd.push('qe svn');
  return odd;
}

function chainOddities({ pckChain, anchorDer, expected }: SimulatedTd): string[] {
  const odd: string[] = [];
  const [leaf, ca, root] = pckChain.map((der) => new X509Certificate(der));
  if (leaf === undefined || ca === undefined || root === undefined) return ['chain'];
  if (!root.raw.equals(anchorDer)) odd.push('root');
  if (!root.verify(root.publicKey) || !ca.verify(root.publicKey)) odd.push('ca signature');
  if (!leaf.verify(ca.publicKey)) odd.push('leaf signature');
  const holds = new Date(leaf.validFrom) <= expected.at && expected.at <= new Date(leaf.validTo);
  if (!holds) odd.push('leaf window');
  const facts = readPck(parseCertificate(leaf.raw));
  if (hex(facts.fmspc) !== expected.fmspc) odd.push('leaf fmspc');
  if (facts.components.join() !== expected.components.join()) odd.push('leaf components');
  const instance = expected.ca === 'platform' ? hex(expected.platformInstanceId) : '';
  if (hex(facts.platformInstanceId) !== instance) odd.push('leaf instance');
  return odd;
}

function documentOddities({ documents, actual, expected }: SimulatedTd): string[] {
  const [signer] = pemBlocks(Buffer.from(documents.tcbSigningChain ?? []).toString('utf8'));
  const { publicKey } = new X509Certificate(signer ?? Buffer.alloc(0));
  return [
    ...documentOdd('info', documents.tcbInfo, 'tcbInfo', publicKey, actual, expected.at),
    ...documentOdd('identity', documents.qeIdentity, 'enclaveIdentity', publicKey, actual, expected.at),
  ];
}

const KNOWN =
  /^(?:UpToDate|SWHardeningNeeded|Configuration(?:AndSWHardening)?Needed|OutOfDate(?:ConfigurationNeeded)?|Revoked)$/u;

function documentOdd(
  name: string,
  bytes: Uint8Array | null,
  member: string,
  key: KeyObject,
  { fmspc }: TdSettings,
  at: Date,
): string[] {
  if (bytes === null) return [`no ${name}`];
  const odd: string[] = [];
  const { text, signature } = innerOf(bytes, member);
  if (!verify('sha256', Buffer.from(text), p1363(key), signature)) odd.push(`${name} signature`);
  const inner = JSON.parse(text);
  if (new Date(inner.issueDate) > at) odd.push(`${name} of the future`);
  if (new Date(inner.nextUpdate) < at) odd.push(`${name} over`);
  if (inner.tcbEvaluationDataNumber !== 18) odd.push(`${name} evaluation`);
  if (inner.fmspc !== undefined && inner.fmspc.toLowerCase() !== fmspc) odd.push(`${name} fmspc`);
  if (inner.tcbLevels.some(({ tcbStatus }: { tcbStatus: string }) => !KNOWN.test(tcbStatus))) {
    odd.push(`${name} status`);
  }
  return odd;
}

async function listOddities({ documents, pckChain, anchorDer, expected }: SimulatedTd): Promise<string[]> {
  const [ca] = pemBlocks(Buffer.from(documents.pckCrlIssuerChain ?? []).toString('utf8'));
  const [signer] = pemBlocks(Buffer.from(documents.tcbSigningChain ?? []).toString('utf8'));
  return [
    ...listOdd('pck list', documents.pckCrl, ca, [pckChain[0]], expected.at),
    ...listOdd('root list', documents.rootCrl, Buffer.from(anchorDer), [ca, signer], expected.at),
  ];
}

function listOdd(
  name: string,
  der: Uint8Array | null,
  issuer: Uint8Array | undefined,
  subjects: readonly (Uint8Array | undefined)[],
  at: Date,
): string[] {
  if (der === null) return [`no ${name}`];
  const odd: string[] = [];
  const list = pkijs.CertificateRevocationList.fromBER(Uint8Array.from(der));
  const { publicKey } = new X509Certificate(issuer ?? Buffer.alloc(0));
  const signature = list.signatureValue.valueBlock.valueHexView;
  if (!verify('sha256', list.tbsView, publicKey, signature)) odd.push(`${name} signature`);
  if (list.thisUpdate.value > at) odd.push(`${name} of the future`);
  if (list.nextUpdate === undefined || list.nextUpdate.value < at) odd.push(`${name} over`);
  const revoked = new Set(
    (list.revokedCertificates ?? []).map(({ userCertificate }) => userCertificate.toBigInt()),
  );
  for (const subject of subjects) {
    const certificate = new X509Certificate(subject ?? Buffer.alloc(0));
    if (!revoked.has(BigInt(`0x${certificate.serialNumber}`))) continue;
    odd.push(`${/CN=([^\n]+)/u.exec(certificate.subject)?.[1] ?? ''} revoked`);
  }
  return odd;
}
