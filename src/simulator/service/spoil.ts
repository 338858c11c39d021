/** What can be wrong with a document on its way out. */
import { X509Certificate } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { pemOf } from '../certificate.js';
import type { Behaviour } from './behaviour.js';
import { type Reply, textOf } from './reply.js';

type Spoiling = Extract<Behaviour, { kind: 'spoil' }>['how'];

/** A reply without a document stays as it is. */
export function spoil(reply: Reply, how: Spoiling): Reply {
  if (reply.status !== 200) return reply;
  switch (how) {
    case 'wrong-signature':
      return { ...reply, body: withBrokenSignature(reply.body) };
    case 'garbage':
      return { ...reply, body: textOf('<html><body>Maintenance</body></html>\n') };
    case 'without-chain':
      return { ...reply, headers: withoutChain(reply.headers) };
    case 'gzip':
      return {
        ...reply,
        headers: { ...reply.headers, 'Content-Encoding': 'gzip' },
        body: new Uint8Array(gzipSync(reply.body)),
      };
  }
}

/** Signatures stand at the end: of certificates and lists, of JSON before its `"}`, of a list in hex or PEM inside it. */
function withBrokenSignature(body: Uint8Array): Uint8Array {
  const text = Buffer.from(body).toString('latin1');
  if (text.startsWith('-----BEGIN CERTIFICATE-----')) return textOf(withBrokenFirst(text));
  if (text.startsWith('{')) return textOf(withOtherDigit(text, text.lastIndexOf('"}') - 1));
  if (/^[0-9a-f]+$/u.test(text)) return textOf(withOtherDigit(text, text.length - 1));
  if (text.startsWith('-----BEGIN X509 CRL-----')) {
    const inside = Buffer.from(text.replace(/-----[^-]+-----|\s/gu, ''), 'base64');
    const broken = Buffer.from(withOtherEnd(inside)).toString('base64');
    return textOf(`-----BEGIN X509 CRL-----\n${broken}\n-----END X509 CRL-----\n`);
  }
  return withOtherEnd(body);
}

/** The first certificate of a chain: the intermediate. */
function withBrokenFirst(pem: string): string {
  const [first = '', ...rest] = pem.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/gu) ?? [];
  const others = rest.map((certificate) => `${certificate}\n`).join('');
  return pemOf(withOtherEnd(new Uint8Array(new X509Certificate(first).raw))) + others;
}

function withOtherEnd(der: Uint8Array): Uint8Array {
  const broken = Uint8Array.from(der);
  broken[broken.length - 1] = (der.at(-1) ?? 0) ^ 1;
  return broken;
}

function withOtherDigit(text: string, index: number): string {
  const digit = text[index] === '0' ? '1' : '0';
  return text.slice(0, index) + digit + text.slice(index + 1);
}

function withoutChain(headers: Reply['headers']): Reply['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.endsWith('-Issuer-Chain')));
}
