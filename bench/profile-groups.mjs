// A CPU profile read: self time per token, by kind and by function.

const CLIENT = /\/node_modules\/(pg|pg-[a-z]+|postgres-[a-z]+)\//u;
const DATABASE = 'PostgreSQL client, its sockets where it calls them';
const SOCKETS = 'node: HTTP, sockets, streams';

/** First match wins. */
const KINDS = [
  [/node:internal\/crypto/u, 'cryptography (calls into it)'],
  [CLIENT, DATABASE],
  [/\/node_modules\/(pino|sonic-boom|thread-stream|fast-redact|safe-stable-stringify|@pinojs)/u, 'logging'],
  [
    /\/node_modules\/(express|router|helmet|body-parser|finalhandler|send|qs|raw-body|accepts|on-finished|parseurl|type-is)\//u,
    'express',
  ],
  [/\/node_modules\/jose\//u, 'jose'],
  [/\/node_modules\/zod\//u, 'zod'],
  [/\/node_modules\/prom-client\//u, 'metrics'],
  [/\/node_modules\//u, 'other packages'],
  [
    /node:_?(http|internal\/http|net|internal\/stream|stream)|node:internal\/(streams|http|net|stream_base_commons)|node:_http/u,
    SOCKETS,
  ],
  [/^node:/u, 'node: the rest'],
];

/** What the profiler names in brackets. */
const OWN_NAMES = new Map([
  ['(garbage collector)', 'garbage collection'],
  ['(program)', 'native code outside of JavaScript'],
]);
const IDLE = '(idle)';

/** `groups` and `functions`: pairs of a name and microseconds per token, the dearest first. */
export function readProfile({ nodes, samples, timeDeltas }, tokens) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node])));
  const groups = new Map();
  const functions = new Map();
  const add = (sums, name, time) => sums.set(name, (sums.get(name) ?? 0) + time / tokens);
  samples.forEach((id, index) => {
    const node = byId.get(id);
    const { functionName } = node.callFrame;
    if (functionName === IDLE) return;
    const time = timeDeltas[index];
    add(groups, OWN_NAMES.get(functionName) ?? kindOf(urlsOf(node, parents)), time);
    add(functions, nameOf(node), time);
  });
  const sorted = (sums) => [...sums].sort((a, b) => b[1] - a[1]);
  return { groups: sorted(groups), functions: sorted(functions) };
}

/** The addresses of a function and its callers, innermost first. Built-in functions have none: they are their caller's. */
function urlsOf(node, parents) {
  const urls = [];
  for (let at = node; at !== undefined; at = parents.get(at.id)) {
    if (at.callFrame.url !== '') urls.push(at.callFrame.url);
  }
  return urls;
}

function kindOf([url = '', ...callers]) {
  const own = /\/build[^/]*\/src\/([^/]+)\//u.exec(url)?.[1];
  if (own !== undefined) return `Assay: ${own}/`;
  const kind = KINDS.find(([pattern]) => pattern.test(url))?.[1] ?? 'native code and others';
  // Sockets serve guests and database alike.
  return kind === SOCKETS && callers.some((caller) => CLIENT.test(caller)) ? DATABASE : kind;
}

function nameOf({ callFrame: { functionName, url, lineNumber } }) {
  const place = url.replace(/^.*\/(build[^/]*|node_modules)\//u, '');
  return `${functionName || '(anonymous)'}${place === '' ? '' : ` ${place}:${lineNumber + 1}`}`;
}
