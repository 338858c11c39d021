// Writes docs/conformance.md from a run over the real evidence; with --check, only says whether it is stale.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PAGE = fileURLToPath(new URL('../docs/conformance.md', import.meta.url));
const { conformancePage, extentOf, runConformance, shortfallOf } = await import(
  '../build/test/vectors/conformance-run.js'
);

const home = process.env.ASSAY_VECTORS ?? fileURLToPath(new URL('../../shared/vectors', import.meta.url));
if (!existsSync(home)) {
  console.error('There is no real evidence on this machine: set ASSAY_VECTORS to its directory.');
  process.exit(process.env.CI ? 1 : 0);
}
const run = await runConformance(home);
const shortfall = shortfallOf(run);
if (shortfall !== null) {
  console.error(shortfall);
  process.exit(1);
}
const page = conformancePage(run);
if (process.argv.includes('--check')) {
  if (readFileSync(PAGE, 'utf8') !== page) {
    console.error(
      'docs/conformance.md is stale: run node scripts/conformance.mjs after a build and commit it.',
    );
    process.exit(1);
  }
  console.log(`docs/conformance.md agrees with a run over ${extentOf(run)}.`);
} else {
  writeFileSync(PAGE, page);
  console.log(`docs/conformance.md written from a run over ${extentOf(run)}.`);
}
