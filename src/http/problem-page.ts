/** What a refusal code means, as a page for people. The text comes from the table of codes. */
import type { RefusalEntry } from '../rats/refusal.js';
import { escaped, htmlPage, inline, styleSource } from './html.js';

const STYLE =
  'body{max-width:42rem;margin:3rem auto;padding:0 1rem;font:1rem/1.55 system-ui,sans-serif;color:#1c1c1c;background:#fff}' +
  'code{font-family:ui-monospace,monospace;background:#f0f0ee;padding:.1em .3em;border-radius:.2em;overflow-wrap:anywhere}' +
  'h1{font-size:1.5rem;margin-bottom:.2rem}h2{font-size:1.05rem;margin:1.6rem 0 .2rem}p{margin:.2rem 0}' +
  '.kind{color:#5b5b5b}' +
  '@media(prefers-color-scheme:dark){body{color:#e8e8e6;background:#171717}code{background:#2a2a28}.kind{color:#a5a5a2}}';

/** For the Content-Security-Policy. */
export const PROBLEM_STYLE_SOURCE = styleSource(STYLE);

export function problemPage(entry: RefusalEntry): string {
  return htmlPage({
    title: entry.title,
    style: STYLE,
    body: `<h1>${escaped(entry.title)}</h1>
<p class="kind"><code>${escaped(entry.code)}</code> · ${escaped(entry.class)} · HTTP ${entry.status}</p>
<p>${inline(entry.meaning)}</p>
<h2>Likely cause</h2>
<p>${inline(entry.cause)}</p>
<h2>What to do</h2>
<p>${inline(entry.remedy)}</p>`,
  });
}
