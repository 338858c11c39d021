/** A TD as files: the endorsement layout, `quote.bin`, and what to expect, ready for `assay verify`. */
import type { JsonObject } from '../../rats/result.js';
import { pemOf } from '../certificate.js';
import { type Handout, hexOf, jsonText, writeHandout } from '../handout.js';
import type { SimulatedTd } from './td.js';
import type { TdSettings } from './td-options.js';
import { attributesWord } from './td-report.js';

function filesOf(td: SimulatedTd): Handout {
  const { documents } = td;
  return {
    'quote.bin': td.evidence,
    'event_log.bin': td.eventLog,
    'tcb_info.json': documents.tcbInfo,
    'qe_identity.json': documents.qeIdentity,
    'tcb_signing_chain.pem': documents.tcbSigningChain,
    'pck_crl.der': documents.pckCrl,
    'pck_crl_issuer_chain.pem': documents.pckCrlIssuerChain,
    'root_ca_crl.der': documents.rootCrl,
    'root-ca.pem': pemOf(td.anchorDer),
    'td.json': jsonText(describeTd(td)),
    'reference-values.json': jsonText(tdReferenceValueOf(td)),
    'policy.json': td.policy === null ? null : jsonText(td.policy),
  };
}

/** Writes the TD's files, replacing those of an earlier TD. Returns the names written. */
export function writeTd(dir: string, td: SimulatedTd): Promise<readonly string[]> {
  return writeHandout(dir, filesOf(td));
}

/** A reference value body that the unfaulted TD matches. */
export function tdReferenceValueOf({ expected, namesEvents }: SimulatedTd): JsonObject {
  const [, rtmr1, rtmr2] = expected.rtmrs;
  const shared = { mrtd: hexOf(expected.mrTd), rtmr2: hexOf(rtmr2) };
  const match = namesEvents
    ? { ...shared, events: [{ register: 'rtmr1', measured: measuredInto(2, expected) }] }
    : { ...shared, rtmr1: hexOf(rtmr1) };
  return { tee: 'tdx', covers: 'boot', match };
}

/** Digests of the events of one CC measurement register. */
function measuredInto(register: number, { eventLog }: TdSettings): readonly string[] {
  return (eventLog ?? []).filter(({ index }) => index === register).map(({ digest }) => hexOf(digest));
}

/** What was minted and what to expect of it. Times: RFC 3339 UTC; fields in hex, in the quote's byte order. */
export function describeTd({ fault, expected }: SimulatedTd): JsonObject {
  const [rtmr0, rtmr1, rtmr2, rtmr3] = expected.rtmrs;
  const later = (bytes: Uint8Array) => (expected.bodyType === 3 ? hexOf(bytes) : null);
  const platform = expected.ca === 'platform';
  return {
    simulated: true,
    fault,
    at: expected.at.toISOString(),
    quote_version: expected.quoteVersion,
    body_type: expected.bodyType,
    envelope: expected.envelope,
    report_data: hexOf(expected.reportData),
    mrtd: hexOf(expected.mrTd),
    rtmr0: hexOf(rtmr0),
    rtmr1: hexOf(rtmr1),
    rtmr2: hexOf(rtmr2),
    rtmr3: hexOf(rtmr3),
    mrseam: hexOf(expected.mrSeam),
    mrsignerseam: hexOf(expected.mrSignerSeam),
    seam_attributes: hexOf(expected.seamAttributes),
    mrconfigid: hexOf(expected.mrConfigId),
    mrowner: hexOf(expected.mrOwner),
    mrownerconfig: hexOf(expected.mrOwnerConfig),
    mrservicetd: later(expected.mrServiceTd),
    tee_tcb_svn: hexOf(expected.teeTcbSvn),
    tee_tcb_svn_2: later(expected.teeTcbSvn2),
    td_attributes: hexOf(wordBytes(attributesWord(expected))),
    xfam: hexOf(wordBytes(expected.xfam)),
    fmspc: expected.fmspc,
    pce_id: expected.pceId,
    ca: expected.ca,
    platform_instance_id: platform ? hexOf(expected.platformInstanceId) : null,
    components: [...expected.components],
    pce_svn: expected.pceSvn,
    qe_isv_svn: expected.qeIsvSvn,
  };
}

/** Eight bytes, little endian. */
function wordBytes(word: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(word);
  return bytes;
}
