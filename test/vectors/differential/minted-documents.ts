/** What the miniature Intel is asked to make otherwise in the documents that endorse a TD, and sign. */
import { X509Certificate } from 'node:crypto';
import { pemOf } from '../../../src/simulator/certificate.js';
import { LEVEL_STATUSES, type TcbInfoPlan, type TdChanges } from '../../../src/simulator/index.js';
import type { Chance } from './chance.js';
import { near, type Topic, type Variation } from './topic.js';

type ModuleIdentities = NonNullable<TcbInfoPlan['moduleIdentities']>;

const info = (change: (plan: TcbInfoPlan) => Partial<TcbInfoPlan>): Variation => ({
  changes: { tcbInfo: (plan) => ({ ...plan, ...change(plan) }) },
});
const identity = (
  change: (plan: Parameters<NonNullable<TdChanges['qeIdentity']>>[0]) => Partial<typeof plan>,
): Variation => ({ changes: { qeIdentity: (plan) => ({ ...plan, ...change(plan) }) } });

const modules = (change: (identities: ModuleIdentities) => ModuleIdentities | null): Variation =>
  info(({ moduleIdentities }) => ({ moduleIdentities: change(moduleIdentities ?? []) }));

/** One of both documents, in one respect that both have. */
function either(
  chance: Chance,
  change: (plan: { readonly issueDate: Date; readonly nextUpdate: Date }) => {
    readonly issueDate?: Date;
    readonly nextUpdate?: Date;
    readonly evaluationNumber?: number;
    readonly edit?: (json: string) => string;
  },
): Variation {
  return chance.once(2) ? info(change) : identity(change);
}

export const DOCUMENT_TOPICS: readonly Topic[] = [
  {
    name: 'platform statuses',
    vary: (chance) =>
      info(({ levels }) => ({
        levels: levels.map((level) => ({
          ...level,
          status: chance.pick(LEVEL_STATUSES),
          advisories: chance.once(2) ? [`INTEL-SA-${chance.between(10_000, 10_009)}`] : level.advisories,
        })),
      })),
  },
  {
    name: 'platform levels',
    vary: (chance) =>
      info(({ levels }) => ({
        levels: levels.map((level) => ({
          ...level,
          pceSvn: chance.between(13, 15),
          sgx: level.sgx.map((needs) => (chance.once(8) ? needs + 1 : needs)),
          tdx: level.tdx.map((needs, at) => [chance.between(2, 7), chance.pick([0, 0, 2])][at] ?? needs),
        })),
      })),
  },
  {
    name: 'order of levels',
    vary: (chance) =>
      chance.once(3)
        ? identity(({ levels }) => ({ levels: chance.shuffled(levels) }))
        : info(({ levels }) => ({ levels: chance.shuffled(levels) })),
  },
  {
    name: 'configuration and outdated QE',
    vary: (chance) => ({
      options: {
        level: chance.pick(['ConfigurationNeeded', 'ConfigurationAndSWHardeningNeeded', 'SWHardeningNeeded']),
        qeIsvSvn: chance.between(3, 4),
        module: { isvSvn: chance.between(4, 5) },
      },
    }),
  },
  {
    name: 'module identities',
    vary: (chance) => {
      switch (chance.below(5)) {
        case 0:
          return modules(() => null);
        case 1:
          return modules((all) => all.slice(0, 1));
        case 2:
          return modules((all) => all.map((one) => ({ ...one, mrSigner: new Uint8Array(48).fill(7) })));
        case 3:
          return modules((all) => all.map((one) => ({ ...one, id: one.id.toLowerCase() })));
        default:
          return modules((all) =>
            all.map((one) => ({
              ...one,
              levels: one.levels.map((level) => ({
                ...level,
                status: chance.pick(['UpToDate', 'OutOfDate', 'Revoked']),
              })),
            })),
          );
      }
    },
  },
  {
    name: 'evaluation numbers',
    vary: (chance) => either(chance, () => ({ evaluationNumber: chance.between(0, 40) })),
  },
  {
    name: 'dates of documents',
    vary: (chance, _intel, at) =>
      chance.once(2)
        ? either(chance, () => ({ issueDate: near(chance, at) }))
        : either(chance, () => ({ nextUpdate: near(chance, at) })),
  },
  {
    name: 'dates of lists',
    vary: (chance, _intel, at) => {
      const name = chance.pick(['pckCrl', 'rootCrl'] as const);
      const edge = chance.pick(['thisUpdate', 'nextUpdate'] as const);
      const instant = near(chance, at);
      return { changes: { [name]: (plan: object) => ({ ...plan, [edge]: instant }) } };
    },
  },
  {
    name: 'revoked authorities',
    vary: (chance, { authorities }, at) => {
      const named = chance.pick(['platform', 'processor', 'tcbSigning'] as const);
      const { serialNumber } = new X509Certificate(authorities[named].certificate);
      const entry = {
        serialNumber: BigInt(`0x${serialNumber}`),
        revokedAt: new Date(at.getTime() - 86_400_000),
      };
      return { changes: { rootCrl: (plan) => ({ ...plan, revoked: [...plan.revoked, entry] }) } };
    },
  },
  {
    name: 'form of lists',
    vary: (chance, intel) => {
      const name = chance.pick(['pckCrl', 'rootCrl'] as const);
      switch (chance.below(4)) {
        case 0:
          return { changes: { [name]: () => null } };
        case 1:
          return { changes: { [name]: (plan: object) => ({ ...plan, signingKey: intel.pckKey }) } };
        case 2:
          return { changes: { [name]: (plan: object) => ({ ...plan, without: ['number'] }) } };
        default:
          return { changes: { [name]: (plan: object) => ({ ...plan, without: ['authorityKey'] }) } };
      }
    },
  },
  {
    name: 'ids and versions',
    vary: (chance) => {
      switch (chance.below(4)) {
        case 0:
          return info(() => ({ id: chance.pick(['SGX', 'TDX', 'tdx']) }));
        case 1:
          return info(() => ({ version: chance.between(2, 4) }));
        case 2:
          return identity(() => ({ id: chance.pick(['QE', 'QVE', 'TD_QE']) }));
        default:
          return identity(() => ({ version: chance.between(1, 4) }));
      }
    },
  },
  {
    name: 'FMSPC and PCEID of TCB info',
    vary: (chance) =>
      chance.once(2) ? info(() => ({ fmspc: 'a55a7f000000' })) : info(() => ({ pceId: '0001' })),
  },
  {
    name: 'QE identity',
    vary: (chance) => {
      switch (chance.below(5)) {
        case 0:
          return identity(({ attributes }) => ({ attributes: attributes.map((octet) => octet | 0x04) }));
        case 1:
          return identity(({ miscSelectMask }) => ({
            miscSelect: Uint8Array.of(1, 0, 0, 0),
            miscSelectMask: miscSelectMask.map((octet) => octet & 0xfe),
          }));
        case 2:
          return identity(({ mrSigner }) => ({ mrSigner: mrSigner.map((octet) => octet ^ 1) }));
        case 3:
          return identity(() => ({ isvProdId: chance.between(1, 3) }));
        default: {
          const status = chance.pick(['UpToDate', 'OutOfDate', 'Revoked']);
          return identity(({ levels }) => ({ levels: levels.map((level) => ({ ...level, status })) }));
        }
      }
    },
  },
  {
    name: 'form of documents',
    vary: (chance) => {
      const edit = chance.pick<(json: string) => string>([
        (json) => json.replace('{', '{"note":"new",'),
        (json) => json.replace('{', '{"version":1,'),
        (json) => json.replace(/"tcbStatus":"Revoked"/u, '"tcbStatus":"Withdrawn"'),
        (json) => json.replace('{"svn":0},{"svn":0}]', '{"svn":0}]'),
        (json) => json.replace('"tcbType":0', '"tcbType":1'),
        (json) => json.replace(',"isvprodid"', ', "isvprodid"'),
        (json) => json.replace(/"tcbLevels":\[.*\]/u, '"tcbLevels":[]'),
      ]);
      return either(chance, () => ({ edit }));
    },
  },
  {
    name: 'signer of documents',
    vary: (chance, intel, at) => {
      switch (chance.below(4)) {
        case 0:
          return { changes: { tcbSigning: (plan) => ({ ...plan, subject: 'Intel SGX PCK Certificate' }) } };
        case 1:
          return {
            changes: {
              tcbSigning: (plan) => ({ ...plan, [chance.pick(['notBefore', 'notAfter'])]: near(chance, at) }),
            },
          };
        case 2:
          return {
            changes: {
              tcbInfo: (plan) => ({ ...plan, signingKey: intel.pckKey }),
              qeIdentity: (plan) => ({ ...plan, signingKey: intel.pckKey }),
            },
            after: ({ documents, pckChain }) => ({
              documents: { ...documents, tcbSigningChain: Buffer.from(pckChain.map(pemOf).join('')) },
            }),
          };
        default:
          return either(chance, () => ({}));
      }
    },
  },
  {
    name: 'forged document',
    vary: (chance, intel) =>
      chance.once(2)
        ? info(() => ({ signingKey: intel.authorities.root.key }))
        : identity(() => ({ signingKey: intel.authorities.root.key })),
  },
];
