/** One operation in HTML: what it takes, how to call it, what it answers. */
import { type RefusalCode, refusalEntry } from '../../rats/refusal.js';
import { breakable, escaped, inline } from '../html.js';
import {
  type ApiDocument,
  type Content,
  type Operation,
  type ResponseObject,
  responsesOf,
} from '../openapi/document.js';
import { PROBLEM_TYPE } from '../problem.js';
import { JSON_TYPE } from '../route.js';
import { exampleOf } from './example.js';
import { rowHtml, schemaHtml, typeHtml } from './schema.js';

/** More codes than this are folded, so that a route can be seen whole. */
const SHOWN_CODES = 8;

export interface Located {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

export function methodHtml(method: string): string {
  return `<span class="method ${escaped(method)}">${escaped(method.toUpperCase())}</span>`;
}

export function operationHtml(located: Located, document: ApiDocument): string {
  const { method, path, operation } = located;
  const { operationId, summary, description, security } = operation;
  return `<article id="${escaped(operationId)}">
<h3><a class="self" href="#${escaped(operationId)}">${methodHtml(method)} <code>${breakable(path)}</code></a></h3>
<p class="summary">${inline(summary)}.</p>
${description === undefined ? '' : `<p>${inline(description)}</p>`}
${security.length === 0 ? '<p class="access">No credentials.</p>' : '<p class="access">API key in <code>Authorization: Bearer ak_…</code>.</p>'}
${parametersHtml(operation)}
${bodyHtml(operation)}
<h4>Call</h4>
${listing(curlOf(located, document))}
${repliesHtml(operation, document)}
${problemsHtml(operation, document)}
</article>`;
}

function parametersHtml({ parameters = [] }: Operation): string {
  if (parameters.length === 0) return '';
  const rows = parameters.map((parameter) =>
    rowHtml({
      name: parameter.name,
      schema: parameter.schema,
      required: parameter.required === true,
      place: parameter.in,
      ...(parameter.description === undefined ? {} : { description: parameter.description }),
    }),
  );
  return `<h4>Parameters</h4><dl>${rows.join('')}</dl>`;
}

function bodyHtml({ requestBody }: Operation): string {
  if (requestBody === undefined) return '';
  const { required, description, content } = requestBody;
  const words = description === undefined ? '' : `<p>${inline(description)}</p>`;
  return `<h4>Body${required ? '' : ' (may be left out)'}</h4>${contentHtml(content)}${words}`;
}

function contentHtml(content: Content): string {
  const forms = Object.entries(content).map(([type, { schema }]) => {
    const written = schema.properties === undefined || Object.keys(schema.properties).length === 0;
    return written
      ? `<p><code>${escaped(type)}</code> · ${type === JSON_TYPE ? typeHtml(schema) : 'as it is'}</p>`
      : `<p><code>${escaped(type)}</code></p>${schemaHtml(schema)}`;
  });
  return forms.join('');
}

/** For a shell, whole, with the members that must be there and those that may. */
function curlOf({ method, path, operation }: Located, document: ApiDocument): string {
  const [server] = document.servers;
  const filled = (operation.parameters ?? [])
    .filter((parameter) => parameter.in === 'path')
    .reduce(
      (url, { name, schema }) => url.replace(`{${name}}`, String(exampleOf(schema, document))),
      `${server?.url ?? ''}${path}`,
    );
  const lines = [`curl -sS ${method === 'get' ? '' : `-X ${method.toUpperCase()} `}'${filled}'`];
  if (operation.security.length > 0) lines.push(`-H "Authorization: Bearer $KEY"`);
  const [form] = Object.entries(operation.requestBody?.content ?? {});
  if (form !== undefined && operation.requestBody?.required === true) {
    const [type, { schema }] = form;
    lines.push(`-H 'Content-Type: ${type}'`);
    lines.push(
      type === JSON_TYPE
        ? `-d '${JSON.stringify(exampleOf(schema, document), null, 2)}'`
        : '--data-binary @FILE',
    );
  }
  return lines.join(' \\\n  ');
}

function repliesHtml(operation: Operation, document: ApiDocument): string {
  const own = responsesOf(operation, document).filter(([, response]) => !isProblem(response));
  return own
    .map(([status, { description, content = {} }]) => {
      const json = content[JSON_TYPE]?.schema;
      return `<h4>${escaped(status)}</h4><p>${inline(description)}.</p>${contentHtml(content)}${
        json === undefined ? '' : listing(short(exampleOf(json, document)))
      }`;
    })
    .join('');
}

function problemsHtml(operation: Operation, document: ApiDocument): string {
  const rows = responsesOf(operation, document)
    .filter(([, response]) => isProblem(response))
    .map(([status, response]) => {
      const codes = codesOf(response);
      const links = `<ul>${codes.map(codeHtml).join('')}</ul>`;
      const folded = codes.length > SHOWN_CODES;
      return `<div><dt>${escaped(status)}</dt><dd>${
        folded ? `<details><summary>${codes.length} codes</summary>${links}</details>` : links
      }</dd></div>`;
    });
  return `<h4>Refusals</h4><dl class="refusals">${rows.join('')}</dl>`;
}

function codeHtml(code: string): string {
  const { title } = refusalEntry(code as RefusalCode);
  return `<li><a href="problems/${escaped(code)}"><code>${escaped(code)}</code></a> ${escaped(title)}</li>`;
}

/** The codes that the description of a problem lets through. */
export function codesOf(response: ResponseObject): readonly string[] {
  const parts = response.content?.[PROBLEM_TYPE]?.schema.allOf ?? [];
  return parts.flatMap((part) => part.properties?.code?.enum ?? []).map(String);
}

function isProblem(response: ResponseObject): boolean {
  return response.content?.[PROBLEM_TYPE] !== undefined;
}

/** Long digests are cut in the middle: they are there to be recognised, not to be copied. */
function short(value: unknown): string {
  return JSON.stringify(
    value,
    (_name, inner: unknown) =>
      typeof inner === 'string' && inner.length > 72 ? `${inner.slice(0, 24)}…${inner.slice(-8)}` : inner,
    2,
  );
}

/** Wide text scrolls, so it must be reachable without a mouse. */
function listing(text: string): string {
  return `<pre tabindex="0"><code>${escaped(text)}</code></pre>`;
}
