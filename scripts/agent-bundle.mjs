// The agent as one file that needs nothing but Node: build/agent/assay-agent.mjs, from what the compiler made. The same
// sources give the same bytes.
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { ROOT } from './prepare.mjs';

const OUTFILE = join('build', 'agent', 'assay-agent.mjs');

const BANNER = `#!/usr/bin/env node
// The agent of Assay, Apache-2.0. Made from src/agent/; the licences of what else is inside stand at the end.`;

const LICENCE = /^licen[cs]e(\.|$)/iu;

/** `node_modules/jose/dist/…` → `jose`; null for files of our own. */
function packageOf(input) {
  const [, name = null] = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//u.exec(input) ?? [];
  return name;
}

/** Licences ask to travel with the code: those of every package inside, as a comment at the end. */
function noticesOf(root, inputs) {
  const names = [...new Set(inputs.map(packageOf))].filter((name) => name !== null).sort();
  return names.map((name) => {
    const home = join(root, 'node_modules', name);
    const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
    const file = readdirSync(home).find((entry) => LICENCE.test(entry));
    if (file === undefined) throw new Error(`${name} comes without its licence`);
    const text = readFileSync(join(home, file), 'utf8').replaceAll('*/', '* /').trim();
    return `/*\n${name} ${version}\n\n${text}\n*/`;
  });
}

const settings = {
  absWorkingDir: ROOT,
  entryPoints: [join('build', 'src', 'agent', 'entry.js')],
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  legalComments: 'none',
  logLevel: 'warning',
  outfile: OUTFILE,
};
const { metafile } = await build({ ...settings, metafile: true, write: false });
const footer = noticesOf(ROOT, Object.keys(metafile.inputs)).join('\n');
await build({ ...settings, banner: { js: BANNER }, footer: { js: footer } });
chmodSync(join(ROOT, OUTFILE), 0o755);
