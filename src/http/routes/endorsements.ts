/** Vendor documents at hand, and bringing more. They are global: one store for each realm, not for each tenant. */
import type { JsonObject } from '../../rats/result.js';
import { refuseMissing, refuseRole } from '../../rats/shared-refusals.js';
import type { EndorsementSummary } from '../../verifier/endorsement-ports.js';
import type { Tenant } from '../../verifier/ports.js';
import { conform, jsonForm, jsonOf } from '../body.js';
import { json, type Route, TAR_TYPE } from '../route.js';
import { Jwks } from '../schemas/discovery.js';
import {
  BundleBody,
  EndorsementList,
  ImportQuery,
  ImportReply,
  MAX_ARCHIVE_BYTES,
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
  async handle({ archives }, call) {
    const { track } = conform(call.query, ImportQuery);
    requireShared(call.tenant);
    const report = await archives.take(
      call.tenant,
      call.body?.bytes ?? new Uint8Array(0),
      track ?? 'standard',
    );
    const imported = report.imported.map((document) => ({ ...document }));
    if (!('bundle' in report)) {
      return json(200, { imported, rejected: report.rejected.map(({ file, code }) => ({ file, code })) });
    }
    const rejected = report.rejected.map((file) => ({ ...file }));
    return json(200, { imported, rejected, bundle: { ...report.bundle } });
  },
};

/** An empty object, or a few words. */
const MAX_BUNDLE_BODY = 16 * 1024;

const exportDocuments: Route = {
  ...shared,
  id: 'exportEndorsements',
  method: 'post',
  path: '/v1/endorsements/bundles',
  summary: 'Vendor documents of this realm as one signed archive',
  description:
    'A tar of the endorsement layout, a directory for each document, with `manifest.json` (what each file is, its digest) and `manifest.jws`, a detached JWS over it. Import it elsewhere with `POST /v1/endorsements/import`.',
  bodies: [jsonForm(BundleBody, MAX_BUNDLE_BODY)],
  bodyOptional: true,
  load: 'verifies',
  // Each document is verified once more before it leaves.
  replyWithin: 110,
  replies: { 200: { description: 'The bundle', schema: null, bytes: TAR_TYPE } },
  refuses: [],
  async handle({ archives }, call) {
    const { generations = false, kinds = null } = conform(jsonOf(call), BundleBody);
    requireShared(call.tenant);
    const bytes = await archives.make(call.tenant, { generations, kinds }, MAX_ARCHIVE_BYTES);
    return { status: 200, content: { bytes, type: TAR_TYPE } };
  },
};

const bundleKeys: Route = {
  ...shared,
  access: 'anybody',
  id: 'bundleKeys',
  method: 'get',
  path: '/v1/endorsements/bundles/jwks',
  summary: 'Public keys that sign this realm’s bundles',
  description:
    'For `ASSAY_BUNDLE_KEYS` of the service that imports them. No token is signed with these keys.',
  replies: { 200: { description: 'A JWK set (RFC 7517)', schema: Jwks } },
  refuses: [],
  async handle({ bundleJwks }, { tenant }) {
    if (!isBuiltIn(tenant)) refuseMissing('Bundles are made by the built-in tenant.');
    return json(200, await bundleJwks(tenant.name));
  },
};

export const ENDORSEMENT_ROUTES: readonly Route[] = [list, importDocuments, exportDocuments, bundleKeys];

function requireShared(tenant: Tenant): void {
  if (!isBuiltIn(tenant)) {
    refuseRole('Vendor documents are shared: the admin of the built-in tenant imports and exports them.');
  }
}

function isBuiltIn({ name }: Tenant): boolean {
  return name === 'default' || name === 'simulated';
}

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
