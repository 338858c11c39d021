/**
 * A TCB recovery that is on its way: Intel publishes new requirements on the early track at once, and on the standard
 * track about a year later. Documents are taken as they are kept: each was verified on its way in.
 */
import type { EndorsementSet } from '../../rats/endorsement.js';
import type { AnnouncedChange, TrackDocuments } from '../../rats/recall.js';
import { MalformedCollateral, type OtherDocument } from './collateral.js';
import { type EvaluationNumbers, readEvaluationNumbers } from './evaluation-numbers.js';
import { ENDORSEMENT_KIND } from './pcs.js';
import { type QeIdentity, readQeIdentity } from './qe-identity.js';
import { readTcbInfo, type TcbInfo } from './tcb-info.js';

export interface Collateral {
  readonly tcbInfo: TcbInfo;
  readonly qeIdentity: QeIdentity;
}

/** By their bytes, for as long as somebody holds them; null: they cannot be read. */
const readBefore = new WeakMap<Uint8Array, TcbInfo | QeIdentity | EvaluationNumbers | null>();

/** Null where one of the two is not at hand. */
export function collateralIn(documents: EndorsementSet): Collateral | null {
  const tcbInfo = readIn(documents, ENDORSEMENT_KIND.tcbInfo, readTcbInfo);
  const qeIdentity = readIn(documents, ENDORSEMENT_KIND.qeIdentity, readQeIdentity);
  return tcbInfo === null || qeIdentity === null ? null : { tcbInfo, qeIdentity };
}

/** What the early track asks for and the one that judges does not yet; none where early is not at hand or not ahead. */
export function recoveryIn(
  { present, early }: TrackDocuments,
  { fmspc, from }: { readonly fmspc: string; readonly from: Date },
): readonly AnnouncedChange[] {
  const judging = collateralIn(present);
  const coming = collateralIn([...early, ...present]);
  if (judging === null || coming === null) return [];
  const [now, then] = [evaluationOf(judging), evaluationOf(coming)];
  if (then <= now) return [];
  const numbers = readIn(present, ENDORSEMENT_KIND.evaluationNumbers, readEvaluationNumbers);
  const event = numbers?.evaluations.find(({ number }) => number === then)?.recoveryEventDate ?? null;
  const due = event === null ? null : aYearAfter(event);
  const what = `TCB evaluation ${then}, early today, becomes the standard one for FMSPC ${fmspc}`;
  const documents = [...early, ...present];
  if (event === null || due === null) {
    const unknown = 'Intel\u2019s list of evaluation numbers, which would date it, is not at hand';
    return [{ cause: 'tcb-recovery', at: null, what: `${what}; ${unknown}`, documents }];
  }
  const dated = `${what}: twelve months after its recovery event of ${event.toISOString().slice(0, 10)}`;
  if (due.getTime() <= from.getTime()) {
    return [{ cause: 'tcb-recovery', at: null, what: `${dated}, which is past: any day now`, documents }];
  }
  return [{ cause: 'tcb-recovery', at: due, what: dated, documents }];
}

/** The two are published one after the other, so the higher one tells of what is coming. */
function evaluationOf({ tcbInfo, qeIdentity }: Collateral): number {
  return Math.max(tcbInfo.evaluationNumber, qeIdentity.evaluationNumber);
}

/**
 * The standard track gives the highest evaluation whose event is twelve months old. Intel says when an event was; that
 * its service keeps to twelve months is what clients of it (Automata's on-chain PCCS among them) go by.
 */
function aYearAfter(event: Date): Date {
  const due = new Date(event);
  due.setUTCFullYear(due.getUTCFullYear() + 1);
  return due;
}

/** The first of the kind, so that whoever puts early documents before standard ones is given the early ones. */
function readIn<Content extends TcbInfo | QeIdentity | EvaluationNumbers>(
  documents: EndorsementSet,
  wanted: string,
  read: (bytes: Uint8Array) => Content | OtherDocument,
): Content | null {
  const bytes = documents.find(({ kind }) => kind === wanted)?.bytes;
  if (bytes === undefined) return null;
  const known = readBefore.get(bytes);
  if (known !== undefined) return known as Content | null;
  const content = readOrNull(bytes, read);
  readBefore.set(bytes, content);
  return content;
}

function readOrNull<Content extends TcbInfo | QeIdentity | EvaluationNumbers>(
  bytes: Uint8Array,
  read: (bytes: Uint8Array) => Content | OtherDocument,
): Content | null {
  try {
    const content = read(bytes);
    return content.kind === 'other' ? null : (content as Content);
  } catch (error) {
    if (error instanceof MalformedCollateral) return null;
    throw error;
  }
}
