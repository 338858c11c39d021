/** The API description of an issuer, for machines and for people. */
import { type Cacheable, cachedForms, cachedReply, etagOf } from '../caching.js';
import { docsPage } from '../docs/page.js';
import { escaped } from '../html.js';
import { apiDescription } from '../openapi.js';
import type { HttpParts } from '../parts.js';
import { type Call, HTML_TYPE, JSON_TYPE, type Route } from '../route.js';
import { OpenapiDocument } from '../schemas/discovery.js';

/** It changes with a new version of the service only. */
const CACHE = 'public, max-age=300';
/** Stands for the issuer in what is written once for all tenants. RFC 2606: nobody's address. */
const ANY_ISSUER = 'https://issuer.invalid';

interface Written {
  readonly json: string;
  readonly page: string;
}

/** `routes` are all there are, these two among them: the description describes itself. */
export function descriptionRoutes(routes: () => readonly Route[]): readonly Route[] {
  const written = new Map<'whole service' | 'one tenant', Written>();
  // Writing costs many times what a request may: it happens twice in the life of a process, at most.
  const writtenFor = ({ tenants, version }: HttpParts, { tenant }: Call): Written => {
    const scope = tenant === tenants.standard ? 'whole service' : 'one tenant';
    const described = routes().filter((route) => scope === 'whole service' || route.wholeService !== true);
    const texts = written.get(scope) ?? write(described, version);
    written.set(scope, texts);
    return texts;
  };
  const shared = { tag: 'Operation', method: 'get', access: 'anybody', refuses: [] } as const;
  return [
    {
      ...shared,
      id: 'openapi',
      path: '/openapi.json',
      summary: 'This description, as OpenAPI 3.1',
      replies: cachedForms('For the issuer addressed', OpenapiDocument),
      handle: async (parts, call) => {
        const issuer = JSON.stringify(call.tenant.issuer).slice(1, -1);
        return cachedReply(call, named(writtenFor(parts, call).json, issuer, JSON_TYPE), CACHE);
      },
    },
    {
      ...shared,
      id: 'docs',
      path: '/docs',
      summary: 'This description, as a page to read',
      replies: cachedForms('HTML without script', null, [HTML_TYPE]),
      handle: async (parts, call) => {
        const issuer = escaped(call.tenant.issuer);
        return cachedReply(call, named(writtenFor(parts, call).page, issuer, HTML_TYPE), CACHE);
      },
    },
  ];
}

function write(routes: readonly Route[], version: string): Written {
  const document = apiDescription(routes, { version, issuer: ANY_ISSUER, words: 'The issuer addressed' });
  return { json: `${JSON.stringify(document)}\n`, page: docsPage(document) };
}

/** The text with the issuer in its place. */
function named(text: string, issuer: string, type: string): Cacheable {
  const own = text.replaceAll(ANY_ISSUER, () => issuer);
  return { text: own, type, etag: etagOf(own) };
}
