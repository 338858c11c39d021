/** What is kept of a genuine quote, so that its platform can be judged again without it. */
import { hexOf } from '../../bytes/encoding.js';
import type { Recollection } from '../../rats/evidence.js';
import type { JsonObject } from '../../rats/result.js';
import { pckTexts } from './pck.js';
import type { PckChain } from './pck-chain.js';
import { ENDORSEMENT_KIND } from './pcs.js';
import { decodeQeReport } from './qe.js';
import type { TdxQuote } from './quote.js';

export interface Recollected {
  readonly quote: TdxQuote;
  readonly chain: PckChain;
  readonly claims: JsonObject;
  readonly tierCap: 'affirming' | 'warning';
  readonly revocationChecked: boolean;
}

/** PPID names the processor packages, of platforms that have no instance id too. */
export function recollect(recollected: Recollected): Recollection {
  const { platformInstanceId, ppid, svns } = pckTexts(recollected.chain.pck);
  const { teeTcbSvn, teeTcbSvn2 } = recollected.quote.report;
  return {
    machine: platformInstanceId ?? ppid,
    // Asked for only where somebody keeps it.
    get state() {
      const modules = [teeTcbSvn, ...(teeTcbSvn2 === null ? [] : [teeTcbSvn2])].map(hexOf).join('.');
      return `${svns}.${modules}`;
    },
    facts: () => factsOf(recollected),
  };
}

function factsOf({ quote, chain, claims, tierCap, revocationChecked }: Recollected): JsonObject {
  const { pck, issuedBy } = chain;
  const { report_data: _data, ...kept } = claims;
  return {
    claims: kept,
    pck: { issued_by: issuedBy, components: pck.components, pce_svn: pck.pceSvn },
    qe: qeOf(quote),
    revocation_checked: revocationChecked,
    tier_cap: tierCap,
    certificates: [
      { kind: ENDORSEMENT_KIND.pck, not_after: chain.leaf.notAfter.toISOString() },
      { kind: ENDORSEMENT_KIND.pckCa, not_after: chain.ca.notAfter.toISOString() },
      { kind: ENDORSEMENT_KIND.rootCa, not_after: chain.root.notAfter.toISOString() },
    ],
  };
}

function qeOf({ signature }: TdxQuote): JsonObject {
  const certification = signature?.certification ?? null;
  if (certification?.kind !== 'pck-chain') throw new TypeError('a genuine quote has a QE report');
  const qe = decodeQeReport(certification.qeReport);
  return {
    misc_select: qe.miscSelect,
    attributes: hexOf(qe.attributes),
    mr_signer: hexOf(qe.mrSigner),
    isv_prod_id: qe.isvProdId,
    isv_svn: qe.isvSvn,
  };
}
