/** Minting the identity of the TD quoting enclave, version 2, members in the service's order. */
import { createHash } from 'node:crypto';
import type { JsonObject } from '../../rats/result.js';
import { windowOf } from '../crl.js';
import type { IntelAuthorities } from './authorities.js';
import { type SigningPlan, secondsOf, signJson, statusMembers, upperHex } from './signed-json.js';
import { DOCUMENT_DAYS } from './tcb-info.js';
import { EVALUATION_NUMBER, type PlannedSvnLevel, QE_LEVELS } from './tcb-levels.js';

export interface QeIdentityPlan extends SigningPlan {
  readonly id: string;
  readonly version: number;
  /** Four bytes each, as in memory. */
  readonly miscSelect: Uint8Array;
  readonly miscSelectMask: Uint8Array;
  /** Sixteen bytes each. */
  readonly attributes: Uint8Array;
  readonly attributesMask: Uint8Array;
  readonly mrSigner: Uint8Array;
  readonly isvProdId: number;
  readonly levels: readonly PlannedSvnLevel[];
}

/** Signer of the simulated quoting enclave; no genuine enclave has it. */
export const QE_MR_SIGNER: Uint8Array = createHash('sha256').update('Assay simulated QE signer').digest();
export const QE_PRODUCT_ID = 2;

/** INIT and PROVISION_KEY; every flag counts but MODE64BIT, and so DEBUG must be clear. */
const ATTRIBUTES = Buffer.from('11000000000000000000000000000000', 'hex');
const ATTRIBUTES_MASK = Buffer.from('fbffffffffffffff0000000000000000', 'hex');

export function planQeIdentity({ tcbSigning }: IntelAuthorities, at: Date): QeIdentityPlan {
  const { thisUpdate, nextUpdate } = windowOf(at, DOCUMENT_DAYS);
  return {
    id: 'TD_QE',
    version: 2,
    issueDate: thisUpdate,
    nextUpdate,
    evaluationNumber: EVALUATION_NUMBER,
    miscSelect: new Uint8Array(4),
    miscSelectMask: new Uint8Array(4).fill(0xff),
    attributes: ATTRIBUTES,
    attributesMask: ATTRIBUTES_MASK,
    mrSigner: QE_MR_SIGNER,
    isvProdId: QE_PRODUCT_ID,
    levels: QE_LEVELS,
    signingKey: tcbSigning.key,
  };
}

/** The service’s answer, exact bytes. */
export function mintQeIdentity(plan: QeIdentityPlan): Promise<Uint8Array> {
  const inner: JsonObject = {
    id: plan.id,
    version: plan.version,
    issueDate: secondsOf(plan.issueDate),
    nextUpdate: secondsOf(plan.nextUpdate),
    tcbEvaluationDataNumber: plan.evaluationNumber,
    miscselect: upperHex(plan.miscSelect),
    miscselectMask: upperHex(plan.miscSelectMask),
    attributes: upperHex(plan.attributes),
    attributesMask: upperHex(plan.attributesMask),
    mrsigner: upperHex(plan.mrSigner),
    isvprodid: plan.isvProdId,
    tcbLevels: plan.levels.map((level) => ({ tcb: { isvsvn: level.isvSvn }, ...statusMembers(level) })),
  };
  return signJson('enclaveIdentity', inner, plan);
}
