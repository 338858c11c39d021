/** What the look-alike of Intel's service signs: for a family, an authority, an evaluation number, anew every day. */
import type { PckCa } from '../intel/authorities.js';
import { type DocumentName, mintList, planPckCrl, planRootCrl, tcbInfoName } from '../intel/documents.js';
import { mintEvaluationNumbers } from '../intel/evaluation-numbers.js';
import { mintQeIdentity, planQeIdentity } from '../intel/qe-identity.js';
import { DOCUMENT_DAYS, mintTcbInfo, planTcbInfo } from '../intel/tcb-info.js';
import { EVALUATION_NUMBER, levelsAfter } from '../intel/tcb-levels.js';
import type { SimulatedIntel } from '../intel/vendor.js';
import { daysAfter, type Issue, Issued, isOfToday, issuedFor, startOfDay } from './issue.js';
import {
  lastChange,
  numberOn,
  numbersAt,
  plannedFor,
  type Recovery,
  sinceWhen,
  type Track,
} from './recovery.js';

/** Which TCB info or identity: the newest of a track, or that of a number. */
export type Edition = { readonly track: Track } | { readonly number: number };

export interface PcsDocuments {
  /** Twelve lowercase hex digits. */
  tcbInfo(fmspc: string, edition: Edition, issue: Issue): Promise<Uint8Array>;
  /** `TD_QE`; another id is another enclave's. */
  identity(id: string, edition: Edition, issue: Issue): Promise<Uint8Array>;
  evaluationNumbers(id: 'TDX' | 'SGX', issue: Issue): Promise<Uint8Array>;
  /** DER. */
  pckCrl(ca: PckCa, issue: Issue): Promise<Uint8Array>;
  rootCrl(issue: Issue): Promise<Uint8Array>;
}

const ROOT_LIST_DAYS = 365;
const MOST_DOCUMENTS = 200;

/** `recoveries` are looked at for every document. */
export function createPcsDocuments(
  { authorities, documents }: SimulatedIntel,
  recoveries: () => readonly Recovery[],
): PcsDocuments {
  const issued = new Issued<Uint8Array>(MOST_DOCUMENTS);
  const signingKey = authorities.tcbSigning.key;

  /** A document that the vendor has on disk and that is newer than midnight. */
  const stored = (name: DocumentName, at: Date): Uint8Array | null => {
    const document = documents.get(name);
    return document !== undefined && isOfToday(document.from, at) ? document.bytes : null;
  };

  /** Documents are issued at midnight, and at once when a number changes. */
  const datesOf = (at: Date, changed: Date | null) => {
    const midnight = startOfDay(at);
    const issueDate = changed !== null && changed > midnight && changed <= at ? changed : midnight;
    return { issueDate, nextUpdate: daysAfter(issueDate, DOCUMENT_DAYS) };
  };

  const issueOf = (edition: Edition, issue: Issue) => {
    const at = issuedFor(issue, DOCUMENT_DAYS);
    const number = 'number' in edition ? edition.number : numberOn(edition.track, recoveries(), at);
    const since = sinceWhen(recoveries(), number, 'number' in edition ? 'early' : edition.track);
    return { at, number, ...datesOf(at, since) };
  };

  const signed = (
    what: string,
    { number, issueDate }: { readonly number: number; readonly issueDate: Date },
    mint: () => Promise<Uint8Array>,
  ) => issued.once(`${what} ${number} ${issueDate.toISOString()}`, mint);

  const list = (name: string, at: Date, days: number, plan: (at: Date) => Parameters<typeof mintList>[0]) => {
    const thisUpdate = startOfDay(at);
    return issued.once(`${name} ${thisUpdate.toISOString()}`, async () => {
      const nextUpdate = daysAfter(thisUpdate, days);
      return (await mintList({ ...plan(thisUpdate), thisUpdate, nextUpdate })).bytes;
    });
  };

  return {
    async tcbInfo(fmspc, edition, issue) {
      const { at, number, issueDate, nextUpdate } = issueOf(edition, issue);
      const own = number === EVALUATION_NUMBER ? stored(tcbInfoName(fmspc), at) : null;
      if (own !== null) return own;
      return signed(`tcb-info ${fmspc}`, { number, issueDate }, () => {
        const levels = levelsAfter(plannedFor(recoveries(), number));
        const plan = planTcbInfo(authorities, fmspc, at);
        return mintTcbInfo({ ...plan, issueDate, nextUpdate, evaluationNumber: number, levels });
      });
    },

    async identity(id, edition, issue) {
      const { at, number, issueDate, nextUpdate } = issueOf(edition, issue);
      const plan = planQeIdentity(authorities, at);
      const own = number === EVALUATION_NUMBER && id === plan.id ? stored('qe_identity.json', at) : null;
      if (own !== null) return own;
      return signed(`identity ${id}`, { number, issueDate }, () =>
        mintQeIdentity({ ...plan, id, issueDate, nextUpdate, evaluationNumber: number }),
      );
    },

    evaluationNumbers(id, issue) {
      const at = issuedFor(issue, DOCUMENT_DAYS);
      const { issueDate, nextUpdate } = datesOf(at, lastChange(recoveries(), at));
      const numbers = numbersAt(recoveries(), at);
      const shown = numbers.map(({ number }) => number).join();
      return issued.once(`numbers ${id} ${shown} ${issueDate.toISOString()}`, () =>
        mintEvaluationNumbers({ id, version: 1, issueDate, nextUpdate, numbers, signingKey }),
      );
    },

    async pckCrl(ca, issue) {
      const at = issuedFor(issue, DOCUMENT_DAYS);
      return (
        stored(`${ca}_crl.der`, at) ??
        list(`pck-crl ${ca}`, at, DOCUMENT_DAYS, (day) => planPckCrl(authorities, ca, day))
      );
    },

    async rootCrl(issue) {
      const at = issuedFor(issue, ROOT_LIST_DAYS);
      return (
        stored('root_ca_crl.der', at) ??
        list('root-crl', at, ROOT_LIST_DAYS, (day) => planRootCrl(authorities, day))
      );
    },
  };
}
