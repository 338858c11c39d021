// Writes test/fixtures/verdicts.txt, the words of every check, and policies.txt, those in which policies are judged, from
// the built simulator and verifier; with --check, only says whether one is stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { policyPage } from '../build/test/appraisal/policy-page.js';
import { verdictPage } from '../build/test/faults/verdict-words.js';

const PAGES = { 'policies.txt': policyPage, 'verdicts.txt': verdictPage };

for (const [name, pageOf] of Object.entries(PAGES)) {
  const file = fileURLToPath(new URL(`../test/fixtures/${name}`, import.meta.url));
  const page = await pageOf();
  if (!process.argv.includes('--check')) {
    writeFileSync(file, page);
    console.log(`test/fixtures/${name} written.`);
  } else if (readFileSync(file, 'utf8') === page) {
    console.log(`test/fixtures/${name} agrees with the build.`);
  } else {
    console.error(`test/fixtures/${name} is stale: run node scripts/verdicts.mjs after a build.`);
    process.exitCode = 1;
  }
}
