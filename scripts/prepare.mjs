// Makes node_modules what package-lock.json says: `npm ci` when something is missing or another version, nothing
// otherwise. Uses Node's own modules only, because it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OLDEST_NODE = [20, 19];

/** Exits with a sentence when this Node cannot run the project. */
export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  console.error(`Assay needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}.`);
  process.exit(1);
}

/** The `packages` of a lock file; null when there is no such file. */
function lockedPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Why the installed tree is not the locked one; null when it is. npm keeps what it installed in
 * node_modules/.package-lock.json. Optional packages may be absent: most are for other platforms.
 */
export function installGap(root = ROOT) {
  const locked = lockedPackages(`${root}/package-lock.json`);
  const installed = lockedPackages(`${root}/node_modules/.package-lock.json`);
  if (locked === null) return 'there is no package-lock.json';
  if (installed === null) return 'nothing is installed yet';
  for (const [path, wanted] of Object.entries(locked)) {
    if (path === '' || wanted.link === true) continue;
    const found = installed[path];
    if (found === undefined && wanted.optional !== true) return `${path} is missing`;
    if (found !== undefined && (found.version !== wanted.version || found.integrity !== wanted.integrity)) {
      return `${path} is ${found.version}, not the locked ${wanted.version}`;
    }
  }
  return null;
}

/** Installs when needed; exits with npm's code when that fails. */
export function installIfNeeded(root = ROOT) {
  const gap = installGap(root);
  if (gap === null) return;
  console.error(`Installing packages (${gap}) …`);
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (npm.error !== undefined) throw npm.error;
  if (npm.status !== 0) process.exit(npm.status ?? 1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  requireNode();
  installIfNeeded();
}
