// `npm run build:native`: the native addon for ECDSA, from native/ into build/native/assay-native.node. Needs cargo and a
// C compiler, nothing else: versions are those of native/Cargo.lock, and no source is fetched but from the crate registry.
// `-- --fips`: the FIPS branch of AWS-LC, which needs cmake and Go too. `-- --panicking`: build/native/panicking.node
// instead, whose every function panics when a test asks for it.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ROOT } from './prepare.mjs';

const HOME = join(ROOT, 'build', 'native');
export const ADDON = join(HOME, 'assay-native.node');
const PANICKING_ADDON = join(HOME, 'panicking.node');

/** What cargo calls the library. */
const LIBRARIES = { darwin: 'libassay_native.dylib', win32: 'assay_native.dll' };

/** Runs cargo; exits with its status when it fails. */
function cargo(args) {
  const run = spawnSync('cargo', args, {
    cwd: join(ROOT, 'native'),
    stdio: ['ignore', 2, 2],
    env: { ...process.env, CARGO_TARGET_DIR: join(HOME, 'cargo') },
  });
  if (run.error?.code === 'ENOENT') {
    console.error(
      'The native addon needs cargo (https://rustup.rs) and a C compiler; Assay works without it.',
    );
    process.exit(1);
  }
  if (run.error !== undefined) throw run.error;
  if (run.status !== 0) process.exit(run.status ?? 1);
}

/** Puts what cargo built into its place, with its SHA-256 beside it, by which a process knows that it is whole. */
function install(file) {
  const library = LIBRARIES[process.platform] ?? 'libassay_native.so';
  mkdirSync(HOME, { recursive: true });
  // Under names of their own first: a running service has the old one mapped, and neither is ever seen in part.
  const fresh = `${file}.new`;
  rmSync(fresh, { force: true });
  copyFileSync(join(HOME, 'cargo', 'release', library), fresh);
  const digest = `${file}.sha256`;
  const freshDigest = `${digest}.new`;
  writeFileSync(freshDigest, `${createHash('sha256').update(readFileSync(fresh)).digest('hex')}\n`);
  // No system renames two files at once. Who starts between these two, or after a build that ended between them, finds an addon
  // that differs from its digest: `auto` says so and takes Node, `native` refuses to start. Another start, or build, mends it.
  renameSync(freshDigest, digest);
  renameSync(fresh, file);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      fips: { type: 'boolean', default: false },
      panicking: { type: 'boolean', default: false },
    },
  });
  const features = [...(values.fips ? ['fips'] : ['standard']), ...(values.panicking ? ['panicking'] : [])];
  cargo([
    'build',
    '--release',
    '--locked',
    '--quiet',
    '--no-default-features',
    '--features',
    features.join(),
  ]);
  if (values.panicking) {
    install(PANICKING_ADDON);
    console.log('build/native/panicking.node: for tests alone');
  } else {
    install(ADDON);
    const loaded = { exports: {} };
    process.dlopen(loaded, ADDON);
    console.log(`build/native/assay-native.node: ${loaded.exports.library()}`);
  }
}
