/** The same genuine quotes in other wrappings: padded, in configfs-tsm JSON, with the other issue of Intel's root. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parseEvidence } from '../../src/tee/registry.js';
import { describeWithVectors } from '../vectors-home.js';
import { answerOf, checkOf, judgeQuote, type TdxSample, tdxSamples } from './tdx-samples.js';

const CAP = 64 * 1024;
/** SHA-256 of the root's two issues, as DER. */
const ROOT = '44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3';
const EARLIER_ROOT = 'fc64f8076d79a4fee9d1d473d74c89eb8d8fd55c5abafeabeba7366d20429404';

const SIZE = 4;
/** From the start of the signature data: size of the certification data, its start, QE authentication data. */
const CERTIFICATION_SIZE = 130;
const CERTIFICATION = 134;
const AUTH_DATA_SIZE = 582;

function padded(quote: Uint8Array, zeros: number): Uint8Array {
  const buffer = new Uint8Array(quote.length + zeros);
  buffer.set(quote);
  return buffer;
}

function tsmJson(quote: Uint8Array, provider: string | null): Uint8Array {
  const outblob = Buffer.from(quote).toString('base64');
  const json = provider === null ? { outblob } : { provider, outblob };
  return new Uint8Array(Buffer.from(JSON.stringify(json), 'utf8'));
}

/** Another PEM chain in the certification data, with the three sizes around it; nobody signs these. */
function withChain(quote: Uint8Array, edit: (pem: string) => string): Uint8Array {
  const view = new DataView(quote.buffer, quote.byteOffset);
  const version = view.getUint16(0, true);
  const start = (version === 4 ? 48 + 584 : 54 + view.getUint32(50, true)) + SIZE;
  const innerSize = start + AUTH_DATA_SIZE + 2 + view.getUint16(start + AUTH_DATA_SIZE, true) + 2;
  const pem = Buffer.from(quote.subarray(innerSize + SIZE)).toString('latin1');
  const chain = Buffer.from(edit(pem), 'latin1');
  const made = new Uint8Array(innerSize + SIZE + chain.length);
  made.set(quote.subarray(0, innerSize + SIZE));
  made.set(chain, innerSize + SIZE);
  const sizes = new DataView(made.buffer);
  sizes.setUint32(innerSize, chain.length, true);
  sizes.setUint32(start + CERTIFICATION_SIZE, made.length - start - CERTIFICATION, true);
  sizes.setUint32(start - SIZE, made.length - start, true);
  return made;
}

/** The third block replaced; what follows it stays. */
function withRoot(quote: Uint8Array, root: string): Uint8Array {
  return withChain(quote, (pem) => {
    const third = pem.lastIndexOf('-----BEGIN CERTIFICATE-----');
    const nul = pem.endsWith('\0') ? '\0' : '';
    return `${pem.slice(0, third)}${root}${nul}`;
  });
}

function pemOf(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function derOf(pem: string): Uint8Array {
  return new Uint8Array(Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64'));
}

describeWithVectors('genuine TDX quotes in other forms', (home) => {
  const samples = tdxSamples(home);
  const named = samples.map((sample) => [sample.slug, sample] as const);
  const judge = (sample: TdxSample, quote: Uint8Array, type = 'auto') =>
    judgeQuote(quote, {
      type,
      at: sample.pinned,
      collateral: sample.collateral,
      reportData: sample.expected.report_data,
    });
  const earlier = readFileSync(join(home, 'roots/intel/sgx_root_ca_earlier_issue_2033.pem'), 'utf8');

  test.each(named)('%s with zeros behind it', async (_slug, sample) => {
    const { quote } = sample;
    const bare = await judge(sample, quote);
    for (const zeros of [1, 70, 3065, CAP - quote.length]) {
      const { verdict } = await judge(sample, padded(quote, zeros));
      expect([zeros, verdict]).toEqual([zeros, bare.verdict]);
    }
    const { verdict } = await judge(sample, padded(quote, CAP - quote.length + 1));
    expect(verdict).toMatchObject({ authentic: null, code: 'evidence_too_large', stage: 'parse' });
  });

  test.each(named)('%s with one byte among the zeros that is none', async (_slug, { quote }) => {
    const refusedAt = (zeros: number, place: number, byte: number): void => {
      const buffer = padded(quote, zeros);
      buffer[quote.length + place] = byte;
      expect(() => parseEvidence('auto', buffer, [])).toThrow(/^tdx_quote_malformed/);
    };
    for (let place = 0; place < 70; place += 1) refusedAt(70, place, 1 << (place % 8));
    for (const zeros of [3065, CAP - quote.length]) {
      for (const place of [0, 1, zeros >> 1, zeros - 2, zeros - 1]) refusedAt(zeros, place, 0xff);
    }
  });

  test.each(named)('%s cut anywhere', (_slug, { quote }) => {
    for (let length = 1; length < quote.length; length += length < 700 ? 1 : 97) {
      const cut = quote.subarray(0, length);
      expect(() => parseEvidence('tdx', cut, [])).toThrow(/^tdx_quote_malformed/);
    }
    expect(() => parseEvidence('tdx', quote.subarray(0, -1), [])).toThrow(/^tdx_quote_malformed/);
  });

  test.each(named)('%s as configfs-tsm hands it out', async (_slug, sample) => {
    const bare = await judge(sample, sample.quote);
    for (const provider of ['tdx_guest\n', 'tdx_guest', null]) {
      for (const type of ['auto', 'tdx']) {
        const { verdict } = await judge(sample, tsmJson(sample.quote, provider), type);
        expect(verdict).toEqual({ ...bare.verdict, envelope: 'configfs-tsm' });
      }
    }
    // The kernel's buffer may be padded inside the JSON as well.
    const { verdict } = await judge(sample, tsmJson(padded(sample.quote, 70), 'tdx_guest\n'));
    expect(verdict).toEqual({ ...bare.verdict, envelope: 'configfs-tsm' });
    for (const type of ['auto', 'tdx']) {
      const foreign = await judge(sample, tsmJson(sample.quote, 'sev_guest\n'), type);
      expect([type, foreign.verdict.code]).toEqual([type, 'evidence_type_unknown']);
      expect(foreign.verdict.authentic).toBeNull();
    }
  });

  test.each(named)('%s with the earlier issue of the root', async (_slug, sample) => {
    const bare = await judge(sample, sample.quote);
    const der = derOf(earlier);
    const made = withRoot(sample.quote, pemOf(der));
    expect(made).not.toEqual(sample.quote);
    expect(withRoot(sample.quote, rootOf(sample))).toEqual(sample.quote);
    const { verdict } = await judge(sample, made);
    // Whatever was presented is put aside: the path and its dates are our own copy's.
    expect(verdict).toEqual(bare.verdict);
    if (verdict.authentic === true) {
      const roots = verdict.endorsements.filter(({ kind }) => kind === 'tdx-root-ca');
      expect(roots.map(({ sha256 }) => sha256)).toEqual([ROOT]);
      expect(verdict.endorsements.map(({ sha256 }) => sha256)).not.toContain(EARLIER_ROOT);
    }
    const flipped = Uint8Array.from(der);
    flipped[der.length - 1] = (der.at(-1) ?? 0) ^ 1;
    const forged = await judge(sample, withRoot(sample.quote, pemOf(flipped)));
    expect(answerOf(forged)).toBe('refused tdx_pck_chain_invalid');
    expect(checkOf(forged, 'tdx_pck_chain_invalid').observed).toBe('the root did not sign itself');
  });

  test.each(named)('%s with its chain written otherwise', async (_slug, sample) => {
    const variants: readonly (readonly [string, (pem: string) => string])[] = [
      ['CRLF', (pem) => pem.replaceAll('\n', '\r\n')],
      ['a line between blocks', (pem) => pem.replace('-----END CERTIFICATE-----\n', (end) => `${end}\n`)],
      ['text before', (pem) => `x\n${pem}`],
      ['a second NUL', (pem) => `${pem.replace(/\0$/, '')}\0\0`],
      ['no root', (pem) => pem.slice(0, pem.lastIndexOf('-----BEGIN'))],
      ['root twice', (pem) => `${pem.replace(/\0$/, '')}${pem.slice(pem.lastIndexOf('-----BEGIN'))}`],
      ['root first', (pem) => `${rootOf(sample)}${pem.slice(0, pem.lastIndexOf('-----BEGIN'))}`],
    ];
    for (const [name, edit] of variants) {
      const judged = await judge(sample, withChain(sample.quote, edit));
      expect([name, answerOf(judged)]).toEqual([name, 'refused tdx_pck_chain_invalid']);
    }
    const { verdict } = await judge(
      sample,
      withChain(sample.quote, (pem) => `${pem.replace(/\0$/, '')}\0`),
    );
    expect(verdict).toEqual((await judge(sample, sample.quote)).verdict);
  });

  test('Azure’s quotes are plain ones, and its envelope around a TD report is not taken for one', async () => {
    const azure = samples.filter(({ slug }) => slug.includes('azure'));
    expect(azure.map(({ slug }) => slug).sort()).toEqual([
      'v4-azure-hcl',
      'v4-azure-ita',
      'v5-azure-tcb-unmatched',
    ]);
    for (const { quote } of azure) {
      const { tee, envelope, binding } = parseEvidence('auto', quote, []);
      expect({ tee, envelope, binding }).toEqual({ tee: 'tdx', envelope: 'raw', binding: 'report-data' });
    }
    const envelopes = azure
      .map(({ directory }) => join(directory, 'hcl_report.bin'))
      .filter((file) => existsSync(file));
    expect(envelopes).toHaveLength(2);
    for (const file of envelopes) {
      const bytes = new Uint8Array(readFileSync(file));
      for (const type of ['auto', 'tdx', 'az-tdx']) {
        const judged = await judgeQuote(bytes, {
          type,
          at: new Date('2025-10-25T00:00:00Z'),
          collateral: {},
        });
        expect([type, judged.verdict.code]).toEqual([type, 'evidence_type_unknown']);
        expect(judged.verdict).toMatchObject({ authentic: null, stage: 'parse', claims: null });
      }
    }
  });
});

/** The third block of a quote's chain. */
function rootOf({ quote }: TdxSample): string {
  const text = Buffer.from(quote).toString('latin1');
  return text.slice(text.lastIndexOf('-----BEGIN CERTIFICATE-----')).replace(/\0$/, '');
}
