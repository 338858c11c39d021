/** Vendor documents at hand, and bringing more. They are global: one store for each realm, not for each tenant. */
import type { RenewalStatus } from '../../endorsements/refresh.js';
import type { JsonObject } from '../../rats/result.js';
import { refuseRole } from '../../rats/shared-refusals.js';
import type { EndorsementSummary } from '../../verifier/endorsement-ports.js';
import type { Tenant } from '../../verifier/ports.js';
import { conform, jsonForm, jsonOf } from '../body.js';
import { json, type Route, TAR_TYPE } from '../route.js';
import {
  EndorsementList,
  ImportQuery,
  ImportReply,
  MAX_ARCHIVE_BYTES,
  MAX_REFRESH_BODY,
  RefreshBody,
  RefreshReply,
} from '../schemas/records.js';

const shared = { tag: 'Endorsements', access: [] } as const;

const list: Route = {
  ...shared,
  id: 'listEndorsements',
  method: 'get',
  path: '/v1/endorsements',
  summary: 'Vendor documents of this realm, past generations included',
  replies: { 200: { description: 'All of them', schema: EndorsementList } },
  refuses: [],
  async handle({ stores, clock, renewal }, call) {
    const { realm } = call.tenant;
    const all = await stores.endorsements.list(realm, clock.now());
    const statuses = await renewal.statuses(realm, all);
    const items = all.map((document, index) => endorsementJson(document, statuses[index]));
    return json(200, { items, next_cursor: null });
  },
};

const importDocuments: Route = {
  ...shared,
  id: 'importEndorsements',
  method: 'post',
  path: '/v1/endorsements/import',
  summary: 'Verify and keep the vendor documents of a tar archive',
  bodies: [
    {
      mediaType: TAR_TYPE,
      maxBytes: MAX_ARCHIVE_BYTES,
      schema: null,
      description: 'An uncompressed tar of the endorsement layout; files of other names are ignored.',
    },
  ],
  query: ImportQuery,
  load: 'verifies',
  // Many documents, each verified and kept in a transaction of its own.
  replyWithin: 110,
  replies: { 200: { description: 'What was kept and what was not', schema: ImportReply } },
  refuses: [],
  async handle({ importArchive }, call) {
    const { track } = conform(call.query, ImportQuery);
    requireBuiltIn(call.tenant, 'imports them');
    const { imported, rejected } = await importArchive(
      call.tenant,
      call.body?.bytes ?? new Uint8Array(0),
      track ?? 'standard',
    );
    return json(200, {
      imported: imported.map((document) => ({ ...document })),
      rejected: rejected.map((file) => ({ ...file })),
    });
  },
};

const refresh: Route = {
  ...shared,
  id: 'refreshEndorsements',
  method: 'post',
  path: '/v1/endorsements/refresh',
  summary: 'Ask vendors now for the documents in use',
  description:
    'Documents that evidence used within 30 days are renewed by themselves, long before they lapse. This asks at once, whatever came of it before. Name `kind`, or `kind` and `subject`, to ask for these alone; named in full, a document that nobody used yet is asked for too.',
  bodies: [jsonForm(RefreshBody, MAX_REFRESH_BODY)],
  // A few vendors at a time, each with seconds to answer.
  replyWithin: 110,
  replies: { 200: { description: 'What was asked for, and how it ended', schema: RefreshReply } },
  refuses: ['request_invalid'],
  async handle({ renewal }, call) {
    requireBuiltIn(call.tenant, 'asks for them');
    const { kind, subject } = conform(jsonOf(call), RefreshBody);
    const asked = await renewal.ask(call.tenant.realm, {
      ...(kind === undefined ? {} : { kind }),
      ...(subject === undefined ? {} : { subject }),
    });
    return json(200, { asked: asked.map((outcome) => ({ ...outcome })) });
  },
};

/** Documents are the realm's, not a tenant's. */
function requireBuiltIn({ name }: Tenant, does: string): void {
  if (name === 'default' || name === 'simulated') return;
  refuseRole(`Vendor documents are shared: the admin of the built-in tenant ${does}.`);
}

export const ENDORSEMENT_ROUTES: readonly Route[] = [list, importDocuments, refresh];

function endorsementJson(document: EndorsementSummary, status: RenewalStatus | undefined): JsonObject {
  return {
    kind: document.kind,
    subject: document.subject,
    sha256: document.sha256,
    state: document.state,
    sequence: document.sequence === null ? null : document.sequence.toString(),
    issued_at: document.issuedAt.toISOString(),
    expires_at: document.expiresAt.toISOString(),
    source: document.source,
    stored_at: document.storedAt.toISOString(),
    last_used_at: status?.lastUsedAt?.toISOString() ?? null,
    last_fetched_at: status?.lastFetchedAt?.toISOString() ?? null,
    next_refresh_at: status?.nextRefreshAt?.toISOString() ?? null,
    last_error: status?.lastError ?? null,
  };
}
