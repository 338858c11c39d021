// Writes docs/refusals.md from the built table of refusal codes. `--check`: exits 1 when the page is stale.
import { readFile, writeFile } from 'node:fs/promises';
import { REFUSALS } from '../build/src/rats/refusal.js';
import { ABSENT_CODES } from '../build/test/rats/absent-codes.js';

const PAGE = new URL('../docs/refusals.md', import.meta.url);

const FAMILIES = [
  { heading: 'Common to all evidence', holds: (code) => !isSnp(code) && !isTdx(code) },
  { heading: 'AMD SEV-SNP', holds: isSnp },
  { heading: 'Intel TDX', holds: isTdx },
];

/** `host_data_mismatch` is SNP's own although it has no prefix: HOST_DATA is a field of its report. */
function isSnp(code) {
  return code.startsWith('snp_') || code === 'host_data_mismatch';
}

function isTdx(code) {
  return code.startsWith('tdx_');
}

function anchor(code) {
  return `[\`${code}\`](#${code})`;
}

function entry(row) {
  return [
    `### ${row.code}`,
    '',
    `**${row.title}** · ${row.class} · HTTP ${row.status}`,
    '',
    row.meaning,
    '',
    `- *Likely cause:* ${row.cause}`,
    `- *What to do:* ${row.remedy}`,
    '',
  ].join('\n');
}

function family({ heading, holds }) {
  const rows = REFUSALS.filter((row) => holds(row.code));
  const index = rows.map((row) => `| ${anchor(row.code)} | ${row.title} | ${row.class} | ${row.status} |`);
  return [
    `## ${heading}`,
    '',
    '| Code | Title | Class | HTTP |',
    '|---|---|---|---|',
    ...index,
    '',
    ...rows.map(entry),
  ].join('\n');
}

/** What a reader of the documented list would look for in vain. */
function absentCodes() {
  return [
    '## Not in this version',
    '',
    'These codes are documented and reserved; the part that would raise them is not there yet.',
    '',
    '| Code | Why |',
    '|---|---|',
    ...ABSENT_CODES.map(({ code, reason }) => `| \`${code}\` | ${reason} |`),
    '',
  ].join('\n');
}

function page() {
  return [
    '# Refusal codes',
    '',
    'Made by `node scripts/refusals.mjs` from `src/rats/refusal-table/`; do not edit by hand.',
    '',
    'Codes are stable: new ones are added, none is renamed. When several denials meet, `code` of the reply is',
    'the first in the order of the table in the source, which this page follows: common codes, SEV-SNP, TDX.',
    'A running service shows the same text at `/problems/CODE`.',
    '',
    ...FAMILIES.map(family),
    absentCodes(),
  ].join('\n');
}

const text = page();
if (process.argv.includes('--check')) {
  const written = await readFile(PAGE, 'utf8').catch(() => '');
  if (written !== text) {
    console.error('docs/refusals.md is stale: run `npm run build && node scripts/refusals.mjs`');
    process.exit(1);
  }
} else {
  await writeFile(PAGE, text);
  console.log(`docs/refusals.md: ${REFUSALS.length} codes`);
}
