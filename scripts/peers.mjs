// `node scripts/peers.mjs [NAME]…`: builds what others wrote and tests put Assay before, from peers/ into build/peers:
// verifiers of evidence for test/differential, verifiers of tokens for test/token and test/brokers; and the Go helper of
// clients/ for test/clients. All of them, or those named. What was built from the same sources is there already. A peer
// whose language is not on this machine is left out by name; on the build server (CI) that is a failure.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from './prepare.mjs';

const HOME = join(ROOT, 'build', 'peers');

/**
 * Name and tool; `program`: how cargo calls what it builds; `command`: the program to build, where the folder has another one or
 * none; `folder`: where it is, if not in the one of its name in peers/.
 */
const PEERS = [
  { name: 'go-sev-guest', tool: 'go' },
  { name: 'go-tdx-guest', tool: 'go' },
  { name: 'golang-jwt', tool: 'go' },
  { name: 'step-ca', tool: 'go', command: 'github.com/smallstep/certificates/cmd/step-ca' },
  { name: 'rust-sev', tool: 'cargo', program: 'assay-peer-sev' },
  { name: 'rust-dcap-qvl', tool: 'cargo', program: 'assay-peer-dcap-qvl' },
  { name: 'go-ear', tool: 'go' },
  { name: 'rust-ear', tool: 'cargo', program: 'assay-peer-ear' },
  { name: 'rust-cddl', tool: 'cargo', program: 'assay-peer-cddl' },
  { name: 'client-go', tool: 'go', folder: 'clients/go', command: './internal/judge' },
];

function folderOf(name) {
  const peer = PEERS.find((one) => one.name === name);
  return join(ROOT, peer?.folder ?? join('peers', name));
}

/** Where a peer is built to: named by the digest of its sources, so that what is there is current. */
export function programOf(name) {
  const hash = createHash('sha256');
  const folder = folderOf(name);
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.sort()) {
    hash
      .update(`${file.slice(folder.length)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return join(HOME, `${name}-${hash.digest('hex').slice(0, 16)}`);
}

/** Is the tool on this machine? */
function has(tool) {
  return spawnSync(tool, [tool === 'go' ? 'version' : '--version'], { stdio: 'ignore' }).status === 0;
}

function run(tool, args, name, env = {}) {
  const options = {
    cwd: folderOf(name),
    stdio: ['ignore', 2, 2],
    env: { ...process.env, ...env },
  };
  if (spawnSync(tool, args, options).status !== 0) throw new Error(`${name}: ${tool} ${args[0]} failed`);
}

function build({ name, tool, program, command = '.' }, target) {
  for (const file of readdirSync(HOME).filter((one) => one.startsWith(`${name}-`))) rmSync(join(HOME, file));
  if (tool === 'go') {
    run('go', ['build', '-mod=readonly', '-trimpath', '-o', target, command], name, { CGO_ENABLED: '0' });
    return;
  }
  const CARGO_TARGET_DIR = join(HOME, 'cargo');
  run('cargo', ['build', '--release', '--locked', '--quiet'], name, { CARGO_TARGET_DIR });
  copyFileSync(join(CARGO_TARGET_DIR, 'release', program), target);
}

function buildAll(names) {
  const strange = names.find((name) => !PEERS.some((peer) => peer.name === name));
  if (strange !== undefined)
    throw new Error(`${strange} is no peer: ${PEERS.map(({ name }) => name).join(', ')}`);
  mkdirSync(HOME, { recursive: true });
  let left = 0;
  for (const peer of PEERS.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const target = programOf(peer.name);
    if (existsSync(target)) {
      console.log(`${peer.name}: is there`);
    } else if (has(peer.tool)) {
      const started = performance.now();
      build(peer, target);
      console.log(`${peer.name}: built in ${((performance.now() - started) / 1000).toFixed(0)} s`);
    } else {
      console.log(`${peer.name}: left out, no ${peer.tool} on this machine`);
      left += 1;
    }
  }
  return left === 0 || !process.env.CI;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = buildAll(process.argv.slice(2)) ? 0 : 1;
}
