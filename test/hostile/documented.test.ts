/** The figures of SECURITY.md are those of the code. */
import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { JSON_MAX_DEPTH, JSON_MAX_VALUES } from '../../src/bytes/json.js';
import { BODY_BUDGET } from '../../src/http/body-budget.js';
import { CONNECTION_LIMITS } from '../../src/http/connections.js';
import { MAX_HEADER_LINES } from '../../src/http/framing.js';
import { MAX_CERTIFICATES, MAX_EVIDENCE_BODY, MAX_EVIDENCE_BYTES } from '../../src/http/schemas/evidence.js';
import { MAX_ARCHIVE_BYTES } from '../../src/http/schemas/records.js';

const seconds = (milliseconds: number): string => `${milliseconds / 1000} s`;
const kib = (bytes: number): string => `${bytes / 1024} KiB`;
const mib = (bytes: number): string => `${bytes / 1024 / 1024} MiB`;

test('every limit at the door is documented as it is', async () => {
  const page = await readFile(new URL('../../../SECURITY.md', import.meta.url), 'utf8');
  const [, section = ''] = page.split('## At the door\n');
  const [own = ''] = section.split('\n## ');
  const rows = [...own.matchAll(/^\| (.+) \| (.+) \|$/gm)].slice(1);
  expect(Object.fromEntries(rows.map(([, what = '', limit = '']) => [what, limit]))).toEqual({
    'Time for a header, and for a TLS handshake': seconds(CONNECTION_LIMITS.headers),
    'Time for a whole request': seconds(CONNECTION_LIMITS.request),
    'Time between two requests': seconds(CONNECTION_LIMITS.keepAlive),
    'Time without a byte in either direction': seconds(CONNECTION_LIMITS.silence),
    'Delay until a passed limit is noticed': seconds(CONNECTION_LIMITS.checkEvery),
    Header: kib(CONNECTION_LIMITS.headerBytes),
    'Lines of a header': String(MAX_HEADER_LINES),
    'Requests of a connection that wait for their answers': String(CONNECTION_LIMITS.pipelined),
    Connections: String(CONNECTION_LIMITS.connections),
    'Connections of one address (IPv6: one /64); trusted proxies are not counted': String(
      CONNECTION_LIMITS.connectionsPerAddress,
    ),
    'JSON body of attest and appraise': kib(MAX_EVIDENCE_BODY),
    Evidence: kib(MAX_EVIDENCE_BYTES),
    'Archive for an import': mib(MAX_ARCHIVE_BYTES),
    'Unfinished bodies of one address': mib(BODY_BUDGET.perAddress),
    'Unfinished bodies': mib(BODY_BUDGET.altogether),
    'Values of a JSON document': String(JSON_MAX_VALUES),
    'Levels of a JSON document': String(JSON_MAX_DEPTH),
    'Certificates of a request': String(MAX_CERTIFICATES),
  });
});
