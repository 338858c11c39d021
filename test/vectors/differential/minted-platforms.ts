/** What the miniature Intel is asked to make otherwise in platforms, TDs and quoting enclaves, and sign. */
import { createHash } from 'node:crypto';
import { pointOf } from '../../../src/simulator/key-pair.js';
import type { Chance } from './chance.js';
import { qe, type Topic, withBit } from './topic.js';

function svn(chance: Chance): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes.set([chance.between(0, 7), chance.pick([0, 1, 1, 1, 3, 2]), chance.between(3, 9)]);
  if (chance.once(4)) bytes[chance.between(3, 15)] = chance.below(3);
  return bytes;
}

export const PLATFORM_TOPICS: readonly Topic[] = [
  { name: 'TEE_TCB_SVN', vary: (chance) => ({ options: { teeTcbSvn: svn(chance) } }) },
  {
    name: 'TEE_TCB_SVN_2',
    vary: (chance) => ({
      options: { quoteVersion: 5, bodyType: 3, teeTcbSvn: svn(chance), teeTcbSvn2: svn(chance) },
    }),
  },
  {
    name: 'module updated under the TD',
    vary: (chance) => ({
      options: {
        quoteVersion: 5,
        bodyType: 3,
        module: { isvSvn: chance.between(3, 5) },
        runningModule: { isvSvn: chance.between(2, 5), major: chance.pick([1, 1, 3, 2]) },
      },
    }),
  },
  {
    name: 'MRSIGNERSEAM, SEAMATTRIBUTES',
    vary: (chance) => ({
      options: chance.once(2)
        ? { mrSignerSeam: withBit(new Uint8Array(48), chance.below(384)) }
        : { seamAttributes: withBit(new Uint8Array(8), chance.below(64)) },
    }),
  },
  {
    name: 'components',
    vary: (chance) => ({
      options: { components: Array.from({ length: 16 }, (_, at) => chance.between(at < 8 ? 2 : 0, 9)) },
    }),
  },
  { name: 'PCESVN', vary: (chance) => ({ options: { pceSvn: chance.between(11, 16) } }) },
  {
    name: 'CPUSVN',
    vary: (chance) => ({
      changes: {
        pck: (plan) => ({
          ...plan,
          cpuSvn: plan.cpuSvn.map((one) =>
            chance.once(3) ? chance.between(Math.max(one - 2, 0), one + 2) : one,
          ),
        }),
      },
    }),
  },
  { name: 'PCEID', vary: () => ({ changes: { pck: (plan) => ({ ...plan, pceId: Uint8Array.of(0, 1) }) } }) },
  {
    name: 'FMSPC',
    vary: (chance) => ({
      changes: { pck: (plan) => ({ ...plan, fmspc: withBit(plan.fmspc, chance.below(48)) }) },
    }),
  },
  { name: 'QE ISVSVN', vary: (chance) => ({ options: { qeIsvSvn: chance.between(0, 6) } }) },
  {
    name: 'QE MRSIGNER',
    vary: (chance) => qe(({ mrSigner }) => ({ mrSigner: withBit(mrSigner, chance.below(256)) })),
  },
  {
    name: 'QE ATTRIBUTES',
    vary: (chance) => qe(({ attributes }) => ({ attributes: withBit(attributes, chance.below(128)) })),
  },
  { name: 'QE MISCSELECT', vary: (chance) => qe(() => ({ miscSelect: (1 << chance.below(32)) >>> 0 })) },
  { name: 'QE ISVPRODID', vary: (chance) => qe(() => ({ isvProdId: chance.between(0, 4) })) },
  {
    name: 'QE authentication data',
    vary: (chance) => {
      const authData = chance.bytes(chance.pick([0, 1, 16, 31, 32, 33, 64, 512, 1024, 1025]));
      return qe(() => ({ authData }));
    },
  },
  {
    name: 'QE REPORTDATA',
    vary: (chance, { attestationKey }) =>
      qe(({ authData }) => {
        const hash = createHash('sha256').update(pointOf(attestationKey)).update(authData).digest();
        const whole = new Uint8Array(Buffer.concat([hash, new Uint8Array(32)]));
        return { reportData: withBit(whole, chance.between(128, 511)) };
      }),
  },
  {
    name: 'TDATTRIBUTES',
    vary: (chance) => {
      const bits = Array.from({ length: chance.between(1, 2) }, () => 1n << BigInt(chance.below(64)));
      const otherAttributes = bits.reduce((word, bit) => word | bit, 0n);
      return { options: { otherAttributes, attributes: { septVeDisable: !chance.once(3) } } };
    },
  },
  {
    name: 'MRSERVICETD',
    vary: (chance) => ({ options: { quoteVersion: 5, bodyType: 3, mrServiceTd: chance.bytes(48) } }),
  },
  {
    name: 'XFAM',
    vary: (chance) => ({ options: { xfam: 3n | (1n << BigInt(chance.below(64))) } }),
  },
];
