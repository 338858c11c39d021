// The database of the Compose file, by hand: the secrets as deploy/make-secrets.sh makes them, the roles as
// deploy/postgres/roles.sql makes them, on a throwaway PostgreSQL.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPostgres } from '../postgres.mjs';
import { ROOT } from '../prepare.mjs';

/** Resolves to `{ secrets, urlOf(url), stop() }`: the folder, and a Compose file's database URL as it is reached here. */
export async function startDatabase(home, compose) {
  const secrets = join(home, 'secrets');
  execFileSync(join(ROOT, 'deploy', 'make-secrets.sh'), [secrets], { stdio: ['ignore', 2, 2] });
  const named = Object.keys(compose.secrets).filter((name) => name !== 'tls.pem');
  const missing = named.filter((name) => !readdirSync(secrets).includes(name));
  if (missing.length > 0) throw new Error(`make-secrets.sh makes no ${missing.join(', ')}`);

  const server = await startPostgres();
  const { host } = new URL(server.adminUrl);
  const roles = readFileSync(join(ROOT, 'deploy', 'postgres', 'roles.sql'), 'utf8');
  execFileSync('psql', ['--quiet', '--no-psqlrc', server.adminUrl], {
    input: roles.replaceAll('/run/secrets/', `${secrets}/`),
    stdio: ['pipe', 2, 2],
  });
  for (const name of ['owner.pgpass', 'login.pgpass']) {
    const path = join(secrets, name);
    // Written in place: owner and mode stay as the script made them.
    writeFileSync(path, readFileSync(path, 'utf8').replace(/^database:5432:/u, `${host}:`));
  }
  return { secrets, urlOf: (url) => url.replace('@database/', `@${host}/`), stop: server.stop };
}
