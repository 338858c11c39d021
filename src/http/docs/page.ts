/** The API description as one page: no script, nothing fetched, everything with an anchor. */
import { REFUSALS } from '../../rats/refusal.js';
import { breakable, escaped, htmlPage, inline, styleSource } from '../html.js';
import type { ApiDocument } from '../openapi/document.js';
import { type Located, methodHtml, operationHtml } from './operation.js';
import { anchorOf, schemaHtml } from './schema.js';
import { STYLE } from './style.js';

/** For the Content-Security-Policy. */
export const DOCS_STYLE_SOURCE = styleSource(STYLE);

export function docsPage(document: ApiDocument): string {
  const groups = document.tags.map((tag) => ({ ...tag, operations: operationsOf(document, tag.name) }));
  const [server] = document.servers;
  return htmlPage({
    title: 'HTTP API',
    style: STYLE,
    body: `<a class="skip" href="#content">Skip to the content</a>
<div class="layout">
<header>
<h1 id="top">Assay HTTP API</h1>
<p class="server"><code>${escaped(server?.url ?? '')}</code> · ${inline(server?.description ?? '')}</p>
${paragraphs(document.info.description)}
<p>The same for machines: <a href="openapi.json"><code>openapi.json</code></a> (OpenAPI ${escaped(document.openapi)}).</p>
</header>
<nav aria-label="Contents">
<p class="brand"><a href="#top">Assay</a> <span>${escaped(document.info.version)}</span></p>
${groups.map(navHtml).join('\n')}
<p class="group"><a href="#schemas">Schemas</a></p>
<p class="group"><a href="#codes">Refusal codes</a></p>
</nav>
<main id="content">
${groups.map((group) => groupHtml(group, document)).join('\n')}
<section id="schemas">
<h2>Schemas</h2>
${Object.entries(document.components.schemas).map(componentHtml).join('\n')}
</section>
<section id="codes">
<h2>Refusal codes</h2>
<p>Each has a page that says what it means, what usually causes it and what to do.</p>
<dl class="codes">${REFUSALS.map(codeRow).join('')}</dl>
</section>
</main>
</div>`,
  });
}

interface Group {
  readonly name: string;
  readonly description: string;
  readonly operations: readonly Located[];
}

function operationsOf({ paths }: ApiDocument, tag: string): readonly Located[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.tags.includes(tag))
      .map(([method, operation]) => ({ method, path, operation })),
  );
}

function fragmentOf(name: string): string {
  return name.toLowerCase().replaceAll(' ', '-');
}

function navHtml({ name, operations }: Group): string {
  const links = operations.map(
    ({ method, path, operation }) =>
      `<li><a href="#${escaped(operation.operationId)}">${methodHtml(method)} ${breakable(path)}</a></li>`,
  );
  return `<p class="group"><a href="#${fragmentOf(name)}">${escaped(name)}</a></p>\n<ul>${links.join('')}</ul>`;
}

function groupHtml({ name, description, operations }: Group, document: ApiDocument): string {
  return `<section id="${fragmentOf(name)}">
<h2>${escaped(name)}</h2>
<p>${inline(description)}</p>
${operations.map((located) => operationHtml(located, document)).join('\n')}
</section>`;
}

function componentHtml([name, schema]: readonly [
  string,
  ApiDocument['components']['schemas'][string],
]): string {
  const anchor = anchorOf(name);
  return `<article id="${escaped(anchor)}">
<h3><a class="self" href="#${escaped(anchor)}"><code>${escaped(name)}</code></a></h3>
${schema.description === undefined ? '' : `<p>${inline(schema.description)}</p>`}
${schemaHtml(schema)}
</article>`;
}

function codeRow({ code, status, title }: (typeof REFUSALS)[number]): string {
  return `<div><dt><a href="problems/${code}"><code>${code}</code></a> <span class="type">${status}</span></dt><dd>${escaped(title)}</dd></div>`;
}

/** A sentence that begins another subject begins another paragraph. */
function paragraphs(text: string): string {
  return text
    .split('\n\n')
    .map((part) => `<p>${inline(part)}</p>`)
    .join('\n');
}
