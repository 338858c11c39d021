// Writes docs/openapi.json from the built table of routes. `--check`: exits 1 when the file is stale.
import { readFile, writeFile } from 'node:fs/promises';
import { apiDescription } from '../build/src/http/openapi.js';
import { ROUTES } from '../build/src/http/routes.js';

const FILE = new URL('../docs/openapi.json', import.meta.url);
const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));

const description = apiDescription(ROUTES, {
  version,
  issuer: 'http://localhost:8080',
  words: 'The issuer after `npm start`',
});
const text = `${JSON.stringify(description, null, 2)}\n`;
if (process.argv.includes('--check')) {
  const written = await readFile(FILE, 'utf8').catch(() => '');
  if (written !== text) {
    console.error('docs/openapi.json is stale: run `npm run build && node scripts/openapi.mjs`');
    process.exit(1);
  }
} else {
  await writeFile(FILE, text);
  console.log(`docs/openapi.json: ${Object.keys(description.paths).length} paths`);
}
