// A database for measurements, whose owner is subject to row-level security: the service takes no other login.
import pg from 'pg';

export async function makeDatabase(adminUrl) {
  const client = new pg.Client(adminUrl);
  await client.connect();
  await client.query('CREATE ROLE assay_service NOLOGIN');
  await client.query("CREATE ROLE bench LOGIN PASSWORD 'bench' IN ROLE assay_service");
  await client.query('CREATE DATABASE bench OWNER bench');
  await client.end();
  return Object.assign(new URL(adminUrl), { pathname: '/bench', username: 'bench', password: 'bench' }).href;
}
