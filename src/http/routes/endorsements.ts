/** Vendor documents at hand, and bringing more. They are global: one store for each realm, not for each tenant. */
import type { JsonObject } from '../../rats/result.js';
import { refuseRole } from '../../rats/shared-refusals.js';
import type { EndorsementSummary } from '../../verifier/endorsement-ports.js';
import { conform } from '../body.js';
import { json, type Route, TAR_TYPE } from '../route.js';
import { EndorsementList, ImportQuery, ImportReply, MAX_ARCHIVE_BYTES } from '../schemas/records.js';

const shared = { tag: 'Endorsements', access: [] } as const;

const list: Route = {
  ...shared,
  id: 'listEndorsements',
  method: 'get',
  path: '/v1/endorsements',
  summary: 'Vendor documents of this realm, past generations included',
  replies: { 200: { description: 'All of them', schema: EndorsementList } },
  refuses: [],
  async handle({ stores, clock }, call) {
    const all = await stores.endorsements.list(call.tenant.realm, clock.now());
    return json(200, { items: all.map(endorsementJson), next_cursor: null });
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
    if (call.tenant.name !== 'default' && call.tenant.name !== 'simulated') {
      refuseRole('Vendor documents are shared: the admin of the built-in tenant imports them.');
    }
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

export const ENDORSEMENT_ROUTES: readonly Route[] = [list, importDocuments];

function endorsementJson(document: EndorsementSummary): JsonObject {
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
  };
}
