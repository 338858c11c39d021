// Writes docs/policy.schema.json from the built schema of policies. `--check`: exits 1 when the file is stale.
import { readFile, writeFile } from 'node:fs/promises';
import { policyJsonSchema } from '../build/src/appraisal/policy/json-schema.js';

const FILE = new URL('../docs/policy.schema.json', import.meta.url);

const schema = policyJsonSchema();
const text = `${JSON.stringify(schema, null, 2)}\n`;
if (process.argv.includes('--check')) {
  const written = await readFile(FILE, 'utf8').catch(() => '');
  if (written !== text) {
    console.error('docs/policy.schema.json is stale: run `npm run build && node scripts/policy-schema.mjs`');
    process.exit(1);
  }
} else {
  await writeFile(FILE, text);
  console.log(`docs/policy.schema.json: ${Object.keys(schema.properties ?? {}).length} members`);
}
