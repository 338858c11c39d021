/** Evidence in all its forms. */

import { EVENT_LOG_FORMAT } from './event-log-format.js';
import { judgeEvidence } from './evidence.js';
import type { Format } from './format.js';
import { genuineQuotesOf, genuineReports, guestOf, tdOf } from './material.js';

/** Version, POLICY, VMPL, SIGNATURE_ALGO, CURRENT_TCB, PLATFORM_INFO, KEY_INFO, the other TCBs, CPUID, S of the signature. */
const REPORT_PLACES = [
  0x00, 0x08, 0x30, 0x34, 0x38, 0x40, 0x48, 0x180, 0x188, 0x189, 0x18a, 0x1e0, 0x1f0, 0x2a0, 0x2e8,
];

/** Offset and length of four entries behind a report. */
const TABLE_PLACES = [0, 1, 2, 3].flatMap((entry) => [
  1184 + 24 * entry,
  1200 + 24 * entry,
  1204 + 24 * entry,
]);

/** Header words, then those of the runtime data behind the report. */
const HCL_PLACES = [0, 4, 8, 12, 16, 20, 32, 1216, 1220, 1224, 1228, 1232];

/** Header; body descriptor; length of the signature data; types and lengths of what is nested in it. */
const QUOTE_PLACES = {
  4: [0, 2, 4, 8, 10, 632, 764, 766, 1218, 1252, 1254],
  5: [0, 2, 4, 48, 50, 54, 702, 834, 836, 1288, 1322, 1324, 638, 770, 772, 1224, 1258, 1260],
} as const;

const evidence = { structure: 'octets', judge: judgeEvidence } as const;

const snpReport: Format = {
  ...evidence,
  name: 'snp-report',
  places: REPORT_PLACES,
  sound: async () => [
    await guestOf('Milan, VCEK, version 5'),
    await guestOf('Genoa, VCEK, version 3', { product: 'Genoa', reportVersion: 3 }),
    await guestOf('Turin, VCEK, version 5', { product: 'Turin' }),
    await guestOf('Milan, VLEK, version 2', { signingKey: 'VLEK', reportVersion: 2 }),
    ...(await genuineReports()),
  ],
};

const snpTable: Format = {
  ...evidence,
  name: 'snp-table',
  places: TABLE_PLACES,
  async sound() {
    const guests = [
      await guestOf('Milan, VCEK', { envelope: 'extended' }),
      await guestOf('Genoa, VLEK', { envelope: 'extended', product: 'Genoa', signingKey: 'VLEK' }),
    ];
    // The table is all that there is.
    return guests.map((guest) => ({ ...guest, setting: { ...guest.setting, certificates: [] } }));
  },
};

const azureHcl: Format = {
  ...evidence,
  name: 'azure-hcl',
  places: HCL_PLACES,
  sound: async () => [
    await guestOf('Milan', { envelope: 'azure-hcl' }),
    await guestOf('Genoa', { envelope: 'azure-hcl', product: 'Genoa', reportVersion: 3 }),
  ],
};

const tdxQuote4: Format = {
  ...evidence,
  name: 'tdx-quote-v4',
  places: QUOTE_PLACES[4],
  sound: async () => [
    await tdOf('Platform CA'),
    await tdOf('Processor CA, padded', { ca: 'processor', envelope: 'padded' }),
    ...(await genuineQuotesOf(4)),
  ],
};

const tdxQuote5: Format = {
  ...evidence,
  name: 'tdx-quote-v5',
  places: QUOTE_PLACES[5],
  sound: async () => [
    await tdOf('TD report 1.5', { quoteVersion: 5 }),
    await tdOf('TD report 1.0', { quoteVersion: 5, bodyType: 2 }),
    ...(await genuineQuotesOf(5)),
  ],
};

const tsmJson: Format = {
  ...evidence,
  name: 'tsm-json',
  structure: 'json',
  places: [],
  async sound() {
    const guest = await guestOf('a guest', { envelope: 'configfs-tsm' });
    const td = await tdOf('a TD', { envelope: 'configfs-tsm' });
    return [{ ...guest, setting: { ...guest.setting, certificates: [] } }, td];
  },
};

export const EVIDENCE_FORMATS: readonly Format[] = [
  snpReport,
  snpTable,
  azureHcl,
  tdxQuote4,
  tdxQuote5,
  tsmJson,
  EVENT_LOG_FORMAT,
];
