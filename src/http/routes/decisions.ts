/** Recorded verdicts: listed, read, retold in words, and judged again. */
import { refuseMissing } from '../../rats/shared-refusals.js';
import { decisionRecord } from '../../verifier/decision-record.js';
import { jsonForm } from '../body.js';
import { etagOf, hasAlready } from '../caching.js';
import { pageReply, pageRequestOf } from '../listing.js';
import { JSON_TYPE, json, type Reply, type Route, TEXT_TYPE } from '../route.js';
import { PageQuery } from '../schemas/common.js';
import { MAX_EVIDENCE_BODY } from '../schemas/evidence.js';
import { DecisionPage, DecisionReply, ReplayBody, ReplayReplyBody } from '../schemas/records.js';
import { replayRequest } from '../submission.js';
import { UNREADABLE, verdictJson } from './evidence.js';

const shared = { tag: 'Administration', access: [] } as const;

const listDecisions: Route = {
  ...shared,
  id: 'listDecisions',
  method: 'get',
  path: '/v1/decisions',
  summary: 'Recorded verdicts, newest first',
  query: PageQuery,
  replies: { 200: { description: 'A page', schema: DecisionPage } },
  refuses: ['request_invalid'],
  handle: async ({ stores }, call) =>
    pageReply(await stores.decisions.list(call.tenant.name, pageRequestOf(call)), decisionRecord),
};

const FORMS = ['ETag', 'Vary'] as const;

const getDecision: Route = {
  ...shared,
  id: 'getDecision',
  method: 'get',
  path: '/v1/decisions/{decision}',
  summary: 'One recorded verdict',
  description: 'With `Accept: text/plain` it is retold in words, as `assay explain` does.',
  replies: {
    200: { description: 'The decision', schema: DecisionReply, text: [TEXT_TYPE], headers: FORMS },
    304: { description: 'The client has it already', schema: null, headers: FORMS },
  },
  refuses: ['not_found'],
  async handle({ stores, clock, retell }, call) {
    const found = await stores.decisions.get(call.tenant.name, call.params.decision ?? '');
    if (found === null) return refuseMissing('This tenant has no such decision.');
    const record = decisionRecord(found);
    const type = call.prefers([JSON_TYPE, TEXT_TYPE]);
    const text = type === JSON_TYPE ? JSON.stringify(record) : `${retell(record, clock.now())}\n`;
    const headers = { ETag: etagOf(text), Vary: 'Accept' };
    if (hasAlready(call, headers.ETag)) return { status: 304, headers, content: { text: '', type } };
    const content: Reply['content'] = type === JSON_TYPE ? { json: record } : { text, type };
    return { status: 200, headers, content };
  },
};

const replay: Route = {
  id: 'replayDecision',
  tag: 'Relying parties',
  method: 'post',
  path: '/v1/decisions/{decision}/replay',
  access: ['relying-party'],
  summary: 'Judge a recorded decision again, as of then',
  description:
    'Bring the evidence that it was made on, which is stored nowhere. It is judged at the decision’s instant with the endorsements and the policy that the decision names by digest, and with reference values and machines as they stood. What would be recorded otherwise comes back, and the verdict. It makes no decision and no token.',
  bodies: [jsonForm(ReplayBody, MAX_EVIDENCE_BODY)],
  load: 'verifies',
  replies: { 200: { description: 'A verdict, whatever it says', schema: ReplayReplyBody } },
  refuses: [...UNREADABLE, 'not_found', 'state_conflict'],
  async handle({ verifier }, call) {
    const { identical, differences, verdict } = await verifier.replay(call.tenant, replayRequest(call));
    return json(200, {
      identical,
      differences: differences.map((difference) => ({ ...difference })),
      verdict: verdictJson(verdict),
    });
  },
};

export const DECISION_ROUTES: readonly Route[] = [listDecisions, getDecision, replay];
