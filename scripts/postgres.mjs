/**
 * A throwaway PostgreSQL server for tests and benchmarks: a new cluster in a temporary directory, on a free
 * port of the loopback interface, gone when stopped. Uses what is installed; downloads nothing.
 */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { findSteadyPort } from './steady-port.mjs';

const ADMIN = 'assay_admin';
const PACKAGED = '/usr/lib/postgresql';
/** Milliseconds until a server that has not said it is ready counts as failed. */
const START_LIMIT = 60_000;

/**
 * Starts a server and resolves to `{ adminUrl, pid, restart(how), stop() }`: a superuser's URL, the process whose
 * children are the server's others, what ends the server and starts it again on the same port with the same data, and
 * what ends it and removes its files. Throws when PostgreSQL is not installed or does not start.
 */
export async function startPostgres() {
  const bin = findBinaries();
  const owner = findOwner();
  const home = mkdtempSync(join(tmpdir(), 'assay-postgres-'));
  const password = randomBytes(16).toString('hex');
  const passwordFile = join(home, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (owner !== null) for (const path of [home, passwordFile]) chownSync(path, owner.uid, owner.gid);
  const run = { cwd: home, env: { PATH: process.env.PATH, LC_ALL: 'C' }, ...(owner ?? {}) };
  const data = join(home, 'data');
  try {
    const auth = ['--auth=scram-sha-256', `--username=${ADMIN}`, `--pwfile=${passwordFile}`];
    const form = ['--encoding=UTF8', '--locale=C', '--no-sync', `--pgdata=${data}`];
    execFileSync(join(bin, 'initdb'), [...auth, ...form], { ...run, stdio: ['ignore', 'ignore', 'pipe'] });
    const port = await findSteadyPort();
    const start = () => startServer(join(bin, 'postgres'), serverArguments({ data, home, port }), run);
    let server = await start();
    const abandon = () => {
      server.kill('SIGQUIT');
      rmSync(home, { recursive: true, force: true });
    };
    process.once('exit', abandon);
    return {
      adminUrl: `postgres://${ADMIN}:${password}@127.0.0.1:${port}/postgres`,
      get pid() {
        return server.pid;
      },
      /** `fast`: in order. `immediate`: as a crash, so that the next start recovers from the log. */
      async restart(how) {
        await endServer(server, how);
        server = await start();
      },
      async stop() {
        process.off('exit', abandon);
        await endServer(server, 'fast');
        rmSync(home, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(home, { recursive: true, force: true });
    throw error;
  }
}

/** Commits need not survive the machine's crash here, so nothing waits for the disk. */
function serverArguments({ data, home, port }) {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: home,
    fsync: 'off',
    max_connections: '200',
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', data, '-p', String(port), ...flags];
}

/** The newest packaged version, else whatever is on the PATH. */
function findBinaries() {
  const versions = existsSync(PACKAGED) ? readdirSync(PACKAGED) : [];
  const packaged = versions
    .filter((name) => /^\d+$/.test(name))
    .sort((a, b) => Number(b) - Number(a))
    .map((name) => join(PACKAGED, name, 'bin'));
  const onPath = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const found = [...packaged, ...onPath].find((folder) =>
    ['initdb', 'postgres'].every((name) => existsSync(join(folder, name))),
  );
  if (found !== undefined) return found;
  throw new Error(
    `PostgreSQL is not installed: neither ${PACKAGED}/*/bin nor the PATH has initdb and postgres. Install it (Debian: apt install postgresql).`,
  );
}

/** PostgreSQL refuses to run as root; then it runs as the user that packages make for it, or as nobody. */
function findOwner() {
  if (process.getuid?.() !== 0) return null;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const user = users.find(([known]) => known === name);
    if (user !== undefined) return { uid: Number(user[2]), gid: Number(user[3]) };
  }
  throw new Error('PostgreSQL does not run as root, and there is no user postgres or nobody to run it as.');
}

/** Resolves to the process once it accepts connections; its log is on standard error. */
function startServer(program, args, options) {
  return new Promise((resolve, reject) => {
    const server = spawn(program, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    const fail = (reason) => {
      clearTimeout(limit);
      server.kill('SIGQUIT');
      reject(new Error(`PostgreSQL did not start: ${reason}\n${log}`));
    };
    const limit = setTimeout(() => fail('it took too long'), START_LIMIT);
    const exited = (code) => fail(`it ended with ${code}`);
    const read = (chunk) => {
      log += chunk;
      if (!log.includes('database system is ready to accept connections')) return;
      clearTimeout(limit);
      server.off('exit', exited);
      // Read on and forget: a full pipe would stop the server.
      server.stderr.off('data', read);
      server.stderr.resume();
      resolve(server);
    };
    server.once('error', (error) => fail(error.message));
    server.once('exit', exited);
    server.stderr.setEncoding('utf8').on('data', read);
  });
}

/** The signals of PostgreSQL's manual, 18.5 "Shutting Down the Server"; both end open connections. */
const SHUTDOWN = { fast: 'SIGINT', immediate: 'SIGQUIT' };

function endServer(server, how) {
  return new Promise((resolve) => {
    if (server.exitCode !== null || server.signalCode !== null) return resolve();
    server.once('exit', () => resolve());
    server.kill(SHUTDOWN[how]);
  });
}
