// TypeScript into build/, only when a source changed since the last build that succeeded.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installIfNeeded, ROOT, requireNode } from './prepare.mjs';

const SOURCES = ['src', 'test', 'bench'];
/** Also decide what is made of the sources. */
const SETTINGS = ['tsconfig.json', 'tsconfig.client.json', 'package-lock.json', 'scripts/agent-bundle.mjs'];

function filesUnder(dir, wanted) {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && wanted(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

const isSource = (name) => /\.(ts|json)$/u.test(name);

/** Hex SHA-256 over names and contents: time stamps change with every checkout. */
function fingerprint(root) {
  const hash = createHash('sha256');
  const sources = SOURCES.flatMap((dir) => filesUnder(join(root, dir), isSource));
  for (const file of [...sources, ...SETTINGS.map((name) => join(root, name))]) {
    hash
      .update(`${file.slice(root.length)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex');
}

const OUTPUT = /\.(?:js|js\.map|d\.ts)$/u;

/** Output whose source is gone would still be run by the tests. */
function removeOrphans(root) {
  for (const dir of SOURCES) {
    for (const file of filesUnder(join(root, 'build', dir), (name) => OUTPUT.test(name))) {
      const source = file.replace(join(root, 'build'), root.replace(/\/$/u, '')).replace(OUTPUT, '.ts');
      if (!existsSync(source)) rmSync(file);
    }
  }
}

/** Which commit this is, for tokens and metrics to name; nothing in a copy without its history. */
function writeCommit(root) {
  const run = spawnSync('git', ['-C', root, 'rev-parse', '--short=7', 'HEAD'], { encoding: 'utf8' });
  const file = join(root, 'build', 'commit');
  if (run.status === 0 && existsSync(join(root, '.git'))) writeFileSync(file, run.stdout);
  else rmSync(file, { force: true });
}

/** A step of the build. Exits with its code when it fails; it has said why. */
function runNode(root, ...args) {
  const run = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (run.error !== undefined) throw run.error;
  if (run.status !== 0) process.exit(run.status ?? 1);
}

/** Builds when needed; exits with the compiler's code when it finds errors. */
export function buildIfNeeded(root = ROOT) {
  const stamp = join(root, 'build', '.stamp');
  const current = fingerprint(root);
  const built = existsSync(stamp) ? readFileSync(stamp, 'utf8') : null;
  if (built === current) return;
  // Without a finished build the compiler's own notes may speak of output that is not there.
  if (built === null) rmSync(join(root, 'build', '.tsbuildinfo'), { force: true });
  rmSync(stamp, { force: true });
  console.error('Building …');
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  runNode(root, tsc, '-p', root);
  // What other programs import comes with its types.
  runNode(root, tsc, '-p', join(root, 'tsconfig.client.json'));
  removeOrphans(root);
  // A process of its own: before the packages were installed, what it needs could not be loaded.
  runNode(root, join(root, 'scripts', 'agent-bundle.mjs'));
  writeFileSync(stamp, current);
}

/** Everything that must be in place before built code can run. */
export function prepareAndBuild() {
  requireNode();
  installIfNeeded();
  buildIfNeeded();
  writeCommit(ROOT);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) prepareAndBuild();
