/** The table of the client's refusals: words for people, and one place for each code. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { CLIENT_REFUSALS, replyOf, TokenRefused } from '../../src/client/index.js';
import { REFUSALS } from '../../src/rats/refusal.js';
import { readPage } from '../docs/markdown.js';

const CLIENT = fileURLToPath(new URL('../../../src/client', import.meta.url));

const sources = readdirSync(CLIENT, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && name !== 'refusal-codes.ts')
  .map((name) => readFileSync(join(CLIENT, name), 'utf8'));

describe.each(CLIENT_REFUSALS.map((row) => [row.code, row] as const))('%s', (code, row) => {
  test('is raised in one place', () => {
    const places = sources.flatMap(
      (source) => source.match(new RegExp(`\\('${code}'|^ +'${code}',$`, 'gmu')) ?? [],
    );
    expect(places).toHaveLength(1);
  });

  test('has words, and a remedy that begins with a verb', () => {
    expect(row.meaning).toMatch(/^[A-Z].*\.$/u);
    expect(row.remedy).toMatch(
      /^(?:Attest|Check|Choose|Launch|Make|Move|Present|Read|Run|Send|Set|Start|Take|Try|Use) .*\.$/u,
    );
  });

  test('is no code of the service, whose meaning is another', () => {
    expect(REFUSALS.map((entry): string => entry.code)).not.toContain(code);
  });

  test('becomes a reply that tells a client what to do', () => {
    const reply = replyOf(new TokenRefused(code, 'A "sentence".'));
    expect(reply.status).toBe(row.status);
    expect(JSON.parse(reply.body)).toEqual({
      type: 'about:blank',
      title: expect.stringMatching(/^[A-Z][A-Za-z ]+$/u),
      status: row.status,
      detail: 'A "sentence".',
      code,
      remedy: row.remedy,
    });
    expect(reply.headers['retry-after']).toBe(row.kind === 'undecided' ? '5' : undefined);
    const challenge = reply.headers['www-authenticate'];
    const credentials = row.status === 401 || row.status === 403;
    expect(challenge !== undefined).toBe(credentials);
    if (credentials) {
      // RFC 9110, section 11.2: quoted strings without quotes of their own.
      expect(challenge).toMatch(/^DPoP (?:[a-z_]+="[^"\\]*"(?:, |$))+$/u);
      expect(challenge?.includes('error=')).toBe(row.error !== null);
    }
  });
});

test('the page of clients lists every code, with its status and meaning, and no other', async () => {
  const { text } = await readPage('docs/clients.md');
  const rows = [...text.matchAll(/^\| `([a-z_]+)` \| (\d{3}) \| (.+) \|$/gmu)].map(([, ...cells]) => cells);
  expect(rows).toEqual(
    CLIENT_REFUSALS.map(({ code, status, meaning, remedy }) => [
      code,
      String(status),
      `${meaning} ${remedy}`,
    ]),
  );
});
