/** What the miniature Intel is asked to make otherwise in the form of quotes and in certificates, and sign. */
import { pemOf } from '../../../src/simulator/certificate.js';
import { near, qe, type Topic } from './topic.js';

function patched(bytes: Uint8Array, offset: number, values: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy.set(values, offset);
  return copy;
}

export const FORM_TOPICS: readonly Topic[] = [
  {
    name: 'header',
    vary: (chance) => {
      const [offset, values] = chance.pick([
        [0, [3, 0]],
        [0, [6, 0]],
        [2, [3, 0]],
        [4, [0, 0, 0, 0]],
        [4, [0x82, 0, 0, 0]],
        [8, [1, 2, 3, 4]],
        [12, [0x94]],
        [27, [0x17]],
        [28, [7, 7, 7, 7]],
      ] as const);
      return {
        changes: {
          quote: (plan) => ({ ...plan, header: patched(plan.header, offset, Uint8Array.from(values)) }),
        },
      };
    },
  },
  {
    name: 'descriptor',
    vary: (chance) => {
      const [offset, value] = chance.pick([
        [0, 1],
        [0, 2],
        [0, 3],
        [0, 4],
        [0, 9],
        [2, 0x87],
        [3, 0x00],
        [5, 0x01],
      ] as const);
      return {
        options: { quoteVersion: 5, bodyType: chance.pick([2, 3]) },
        changes: {
          quote: (plan) => ({ ...plan, descriptor: patched(plan.descriptor, offset, Uint8Array.of(value)) }),
        },
      };
    },
  },
  {
    name: 'certification types',
    vary: (chance) => {
      const part = chance.pick(['outerType', 'innerType'] as const);
      const type = chance.between(1, 7);
      return { changes: { quote: (plan) => ({ ...plan, [part]: type }) } };
    },
  },
  {
    name: 'bytes behind',
    vary: (chance) => {
      const tail = chance.once(2)
        ? new Uint8Array(chance.between(1, 80))
        : chance.bytes(chance.between(1, 80));
      return { changes: { signed: (quote) => new Uint8Array(Buffer.concat([quote, tail])) } };
    },
  },
  {
    name: 'chain in the quote',
    vary: (chance, { authorities }) => {
      const form = chance.pick(['two', 'four', 'crlf', 'text', 'no NUL', 'order', 'signer inside'] as const);
      return {
        changes: {
          quote: (plan) => ({
            ...plan,
            inner: chainIn(form, plan.inner, authorities.tcbSigning.certificate),
          }),
        },
      };
    },
  },
  {
    name: 'PCK certificate',
    vary: (chance, _intel, at) => {
      switch (chance.below(4)) {
        case 0:
          return { changes: { pck: (plan) => ({ ...plan, subject: 'Intel SGX PCK Certificates' }) } };
        case 1:
          return { changes: { pck: (plan) => ({ ...plan, notBefore: near(chance, at) }) } };
        case 2:
          return { changes: { pck: (plan) => ({ ...plan, notAfter: near(chance, at) }) } };
        default:
          return { options: { revoked: true } };
      }
    },
  },
  {
    name: 'forged signature',
    vary: (chance, intel) => {
      switch (chance.below(3)) {
        case 0:
          return { changes: { quote: (plan) => ({ ...plan, signingKey: intel.pckKey }) } };
        case 1:
          return qe(() => ({ signingKey: intel.attestationKey }));
        default:
          return { changes: { pck: (plan) => ({ ...plan, signingKey: intel.pckKey }) } };
      }
    },
  },
  { name: 'Processor CA', vary: () => ({ options: { ca: 'processor' } }) },
];

function chainIn(form: string, inner: Uint8Array, signer: Uint8Array): Uint8Array {
  const text = Buffer.from(inner).toString('latin1').replace(/\0$/u, '');
  const blocks = text.split(/(?<=-----END CERTIFICATE-----\n)/u);
  const [leaf = '', ca = '', root = ''] = blocks;
  const written: Readonly<Record<string, string>> = {
    two: `${leaf}${ca}\0`,
    four: `${text}${root}\0`,
    crlf: `${text.replaceAll('\n', '\r\n')}\0`,
    text: `${leaf}# the authority\n${ca}${root}\0`,
    'no NUL': text,
    order: `${leaf}${root}${ca}\0`,
    'signer inside': `${leaf}${pemOf(signer)}${root}\0`,
  };
  return new Uint8Array(Buffer.from(written[form] ?? text, 'latin1'));
}
