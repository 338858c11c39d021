// The image's stages carried out by hand, what the result must not contain, and processes that run from it.
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { buildStages } from './dockerfile.mjs';
import { spawnRooted } from './rooted.mjs';

/** Programs that would help somebody who got in, or were only needed to build. */
const TOOLS = new Set(
  [
    'sh',
    'bash',
    'dash',
    'busybox',
    'npm',
    'npx',
    'corepack',
    'yarn',
    'apt',
    'apt-get',
    'dpkg',
    'perl',
  ].concat(['python3', 'gcc', 'cc', 'make', 'git', 'curl', 'wget', 'tsc', 'biome', 'jest']),
);
const UNWANTED = [
  'src',
  'test',
  'scripts',
  'secrets',
  'data',
  '.git',
  '.npmrc',
  'build/test',
  'build/.stamp',
];

/**
 * The stand-in for `node:VERSION-bookworm-slim`: this machine's Debian, read-only, with the Node that runs this
 * script, which must be of that version, and npm.
 */
function standInFor(image, home) {
  const [, version] = /^node:(\d+\.\d+\.\d+)-bookworm-slim@sha256:[0-9a-f]{64}$/u.exec(image) ?? [];
  if (`v${version}` !== process.version) {
    throw new Error(`The base is ${image}, and this script runs on Node ${process.version}.`);
  }
  const local = join(home, 'usr-local');
  mkdirSync(join(local, 'bin'), { recursive: true });
  const npm = dirname(dirname(realpathSync(onPath('npm'))));
  symlinkSync('../npm/bin/npm-cli.js', join(local, 'bin', 'npm'));
  mkdirSync(join(local, 'npm'));
  writeFileSync(join(local, 'bin', 'node'), '');
  // How this machine reaches the registry of packages.
  const ways = /^(npm_config_(registry|cafile|noproxy|(https_)?proxy)|https?_proxy|NODE_EXTRA_CA_CERTS)$/iu;
  const settings = Object.entries(process.env).filter(([name]) => ways.test(name));
  const authorities = process.env.NODE_EXTRA_CA_CERTS;
  // What was downloaded before is kept by digest, and the lock file says which digests are wanted.
  const cache = join(homedir(), '.npm');
  return {
    env: { ...Object.fromEntries(settings), PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/root' },
    mounts: [
      ...['/usr', '/bin', '/lib', '/lib64', '/etc', '/var/lib/dpkg']
        .filter((path) => statSync(path, { throwIfNoEntry: false }) !== undefined)
        .map((path) => ({ source: path, target: path, mode: 'ro' })),
      { source: local, target: '/usr/local', mode: 'rw' },
      { source: process.execPath, target: '/usr/local/bin/node', mode: 'ro' },
      { source: npm, target: '/usr/local/npm', mode: 'ro' },
      { source: '/dev', target: '/dev', mode: 'rw' },
      { target: '/proc', mode: 'proc' },
      { target: '/tmp', mode: 'tmpfs' },
      ...(authorities ? [{ source: authorities, target: authorities, mode: 'ro' }] : []),
      ...(existsSync(cache) ? [{ source: cache, target: '/root/.npm', mode: 'rw' }] : []),
    ],
  };
}

function onPath(program) {
  const places = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, program));
  const found = places.find((place) => existsSync(place));
  if (found === undefined) throw new Error(`${program} is not on the PATH`);
  return found;
}

/** Carries out the Dockerfile's stages and judges the last one; resolves to the image. */
export async function makeImage({ stages, home, context, buildArgs, log }) {
  const baseOf = (image) => standInFor(image, home);
  const { root, base, config } = await buildStages({ stages, home, context, baseOf, buildArgs, log });
  if (base.mounts.length > 0)
    throw new Error('the last stage stands on another image: it brings its tools along');
  const { user, healthcheck, entrypoint, cmd } = config;
  if (user === null || user.uid === 0) throw new Error('the image runs as root');
  for (const [name, command] of Object.entries({ healthcheck, entrypoint, cmd })) {
    if (command === undefined) throw new Error(`the image has no ${name}`);
  }
  const { files, bytes, wrong } = walk(root, user);
  if (wrong.length > 0) throw new Error(`in the image:\n  ${wrong.join('\n  ')}`);
  log(`image: ${files} files, ${(bytes / 2 ** 20).toFixed(0)} MiB`);
  return { root, ...config };
}

/** Counts, and lists what should not be there or could be changed by the image's user. */
function walk(root, user) {
  const found = { files: 0, bytes: 0, wrong: [] };
  for (const name of UNWANTED)
    if (existsSync(join(root, 'app', name))) found.wrong.push(`/app/${name} is there`);
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const shown = path.slice(root.length);
    if (TOOLS.has(entry.name) && !entry.isDirectory()) found.wrong.push(`${shown} is there`);
    if (entry.isSymbolicLink()) continue;
    const { uid, mode, size } = statSync(path);
    const mayWrite = (mode & 0o002) !== 0 || uid === user.uid;
    if (mayWrite && shown !== '/tmp') found.wrong.push(`${shown} can be written by the image's user`);
    if ((mode & 0o6000) !== 0) found.wrong.push(`${shown} is set-user-id or set-group-id`);
    if (entry.isFile()) Object.assign(found, { files: found.files + 1, bytes: found.bytes + size });
  }
  return found;
}

/**
 * A process from the image as `service` of the Compose file wants it: its environment over the image's, its secrets
 * and temporary folders mounted, the root read-only, no capability. `overrides`: what differs because there is no
 * engine, as environment. `secrets`: the folder that holds them; `command`: instead of the service's.
 */
export function spawnFromImage(image, { service, overrides, secrets, command, stdio }) {
  if (service.read_only !== true) throw new Error('the Compose file leaves the root file system writable');
  const run = command ?? [...image.entrypoint, ...(service.command ?? image.cmd)];
  return spawnRooted({
    root: image.root,
    command: run,
    user: image.user,
    workdir: image.workdir,
    env: { ...image.env, ...service.environment, ...overrides },
    mounts: [
      { target: '/proc', mode: 'proc' },
      { source: '/dev', target: '/dev', mode: 'rw' },
      ...service.tmpfs.map((text) => ({ target: text.split(':')[0], mode: 'tmpfs' })),
      ...service.secrets.map(({ source, target }) => ({ source: join(secrets, source), target, mode: 'ro' })),
    ],
    readOnly: true,
    stdio,
  });
}

/** Runs to its end: `{ code, out, err }`. */
export async function runFromImage(image, settings) {
  const child = spawnFromImage(image, { ...settings, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    err += text;
  });
  const [code] = await once(child, 'close');
  return { code, out, err };
}
