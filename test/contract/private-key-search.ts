/** Looks for a private key in everything that a database holds. */
import type { Engine } from './engine.js';

/** All rows of all tables: text as text, bytea both as its bytes and as the hex that a dump shows. */
export async function dumpTables(engine: Engine): Promise<Buffer> {
  const tables = await engine.administer(
    "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename",
  );
  const parts: string[] = [];
  for (const { name } of tables) {
    const rows = await engine.administer(`SELECT t::text AS line FROM ${String(name)} AS t`);
    parts.push(...rows.map((row) => String(row.line)));
  }
  return withBinary(parts.join('\n'));
}

/** Appends what each `\x…` in a dump's text stands for. */
export function withBinary(text: string): Buffer {
  const binary = [...text.matchAll(/\\x([0-9a-f]+)/g)].map(([, hex = '']) => Buffer.from(hex, 'hex'));
  return Buffer.concat([Buffer.from(text, 'utf8'), ...binary]);
}

/** The forms of `secret` that the dump holds: raw, hex, base64 and base64url, at any alignment. */
export function formsFound(dump: Buffer, secret: Buffer): readonly string[] {
  // Line breaks of PEM and of dumps would hide a text.
  const text = dump.toString('latin1').replace(/\s|\\n/g, '');
  const lower = text.toLowerCase();
  const found: string[] = [];
  if (dump.includes(secret)) found.push('raw');
  if (lower.includes(secret.toString('hex'))) found.push('hex');
  for (const encoding of ['base64', 'base64url'] as const) {
    if (coresOf(secret, encoding).some((core) => text.includes(core))) found.push(encoding);
  }
  return found;
}

/** Base64 of bytes inside of longer data depends on where they begin, modulo three; the edges mix with it. */
function coresOf(secret: Buffer, encoding: 'base64' | 'base64url'): readonly string[] {
  return [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), secret])
      .toString(encoding)
      .replace(/=+$/, '');
    return text.slice(shift === 0 ? 0 : 4, -4);
  });
}
