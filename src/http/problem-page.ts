/** What a refusal code means, as a page for people. The text comes from the table of codes. */
import { createHash } from 'node:crypto';
import type { RefusalEntry } from '../rats/refusal.js';

const STYLE =
  'body{max-width:42rem;margin:3rem auto;padding:0 1rem;font:1rem/1.55 system-ui,sans-serif;color:#1c1c1c;background:#fff}' +
  'code{font-family:ui-monospace,monospace;background:#f0f0ee;padding:.1em .3em;border-radius:.2em;overflow-wrap:anywhere}' +
  'h1{font-size:1.5rem;margin-bottom:.2rem}h2{font-size:1.05rem;margin:1.6rem 0 .2rem}p{margin:.2rem 0}' +
  '.kind{color:#5b5b5b}' +
  '@media(prefers-color-scheme:dark){body{color:#e8e8e6;background:#171717}code{background:#2a2a28}.kind{color:#a5a5a2}}';

/** For the Content-Security-Policy: this style and nothing else. */
export const STYLE_SOURCE = `'sha256-${createHash('sha256').update(STYLE, 'utf8').digest('base64')}'`;

export function problemPage(entry: RefusalEntry): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(entry.title)} · Assay</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(entry.title)}</h1>
<p class="kind"><code>${escaped(entry.code)}</code> · ${escaped(entry.class)} · HTTP ${entry.status}</p>
<p>${inline(entry.meaning)}</p>
<h2>Likely cause</h2>
<p>${inline(entry.cause)}</p>
<h2>What to do</h2>
<p>${inline(entry.remedy)}</p>
</body>
</html>
`;
}

/** Backticks become code; everything else is text. */
function inline(text: string): string {
  return escaped(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
