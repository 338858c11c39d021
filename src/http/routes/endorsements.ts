/** Vendor documents at hand, and bringing more. They are global: one store for each realm, not for each tenant. */
import type { RenewalStatus } from '../../endorsements/refresh.js';
import type { JsonObject } from '../../rats/result.js';
import { refuseMissing, refuseRole } from '../../rats/shared-refusals.js';
import type { EndorsementSummary } from '../../verifier/endorsement-ports.js';
import type { Tenant } from '../../verifier/ports.js';
import { conform, jsonForm, jsonOf } from '../body.js';
import { pageRequestFrom } from '../listing.js';
import { json, type Route, TAR_TYPE } from '../route.js';
import { BundleJwks } from '../schemas/discovery.js';
import {
  BundleBody,
  EndorsementList,
  EndorsementQuery,
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
  description:
    'By kind and subject, of each the latest issued first. Certificates of single machines, and when a document was last used, are shown under the issuers that are built in alone: they tell of all tenants’ evidence.',
  query: EndorsementQuery,
  replies: { 200: { description: 'One page', schema: EndorsementList } },
  refuses: [],
  async handle({ stores, clock, renewal }, call) {
    const { realm } = call.tenant;
    const { state = null, ...query } = conform(call.query, EndorsementQuery);
    const whole = isBuiltIn(call.tenant);
    const scope = { state, now: clock.now(), machines: whole };
    const page = await stores.endorsements.page(realm, scope, pageRequestFrom(query));
    const statuses = await renewal.statuses(realm, page.items);
    const items = page.items.map((document, index) => {
      const shown = endorsementJson(document, statuses[index]);
      return whole ? shown : { ...shown, last_used_at: null };
    });
    return json(200, { items, next_cursor: page.nextCursor });
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
    requireBuiltIn(call.tenant, 'imports them');
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
    requireBuiltIn(call.tenant, 'exports them');
    const bytes = await archives.make(call.tenant, { generations, kinds }, MAX_ARCHIVE_BYTES);
    return { status: 200, content: { bytes, type: TAR_TYPE } };
  },
};

const bundleKeys: Route = {
  ...shared,
  id: 'bundleKeys',
  method: 'get',
  path: '/v1/endorsements/bundles/jwks',
  summary: 'Public keys that sign this realm’s bundles',
  description:
    'For `ASSAY_BUNDLE_KEYS` of the service that imports them. No token is signed with these keys.',
  replies: { 200: { description: 'A JWK set (RFC 7517)', schema: BundleJwks } },
  refuses: [],
  async handle({ bundleJwks }, { tenant }) {
    if (!isBuiltIn(tenant)) refuseMissing('Bundles are made by the built-in tenant.');
    return json(200, await bundleJwks(tenant.name));
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
function requireBuiltIn(tenant: Tenant, does: string): void {
  if (isBuiltIn(tenant)) return;
  refuseRole(`Vendor documents are shared: the admin of the built-in tenant ${does}.`);
}

function isBuiltIn({ name }: Tenant): boolean {
  return name === 'default' || name === 'simulated';
}

export const ENDORSEMENT_ROUTES: readonly Route[] = [
  list,
  importDocuments,
  refresh,
  exportDocuments,
  bundleKeys,
];

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
