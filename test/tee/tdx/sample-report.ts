/** Decoded TD reports and PCK certificates for tests of what comes after decoding: healthy ones, and changes. */
import type { TcbAssessment } from '../../../src/rats/result.js';
import { ATTRIBUTE_BIT, type AttributeName } from '../../../src/tee/tdx/layout.js';
import type { PckFacts, PlatformConfiguration } from '../../../src/tee/tdx/pck.js';
import type { Convergence } from '../../../src/tee/tdx/tcb-convergence.js';
import type { TdReport } from '../../../src/tee/tdx/td-report.js';

const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

export const bits = (...numbers: readonly number[]): bigint =>
  numbers.reduce((word, bit) => word | (1n << BigInt(bit)), 0n);

/** Eight bytes, little endian. */
export function wordBytes(word: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, word, true);
  return bytes;
}

/** A TDATTRIBUTES word. */
export const attributesOf = (...names: readonly AttributeName[]): bigint =>
  bits(...names.map((name) => ATTRIBUTE_BIT[name]));

/** TEE_TCB_SVN of a module `major`.`isvsvn`. */
export const moduleSvn = (major: number, isvsvn: number): Uint8Array =>
  Uint8Array.from({ length: 16 }, (_, index) => [isvsvn, major, 3][index] ?? 0);

export interface ReportOptions extends Partial<Omit<TdReport, 'tdAttributes' | 'xfam'>> {
  readonly tdAttributes?: bigint;
  readonly xfam?: bigint;
}

/** A TD report 1.5 that policy `standard` finds nothing wrong with. */
export function sampleReport(options: ReportOptions = {}): TdReport {
  const { tdAttributes = attributesOf('sept_ve_disable'), xfam = 0x602e7n, ...fields } = options;
  return {
    bodyType: 3,
    teeTcbSvn: moduleSvn(1, 6),
    mrSeam: filled(48, 0xd0),
    mrSignerSeam: filled(48, 0),
    seamAttributes: filled(8, 0),
    tdAttributes: wordBytes(tdAttributes),
    xfam: wordBytes(xfam),
    mrTd: filled(48, 0xa0),
    mrConfigId: filled(48, 0xc0),
    mrOwner: filled(48, 0xc1),
    mrOwnerConfig: filled(48, 0xc2),
    rtmrs: [filled(48, 0xb0), filled(48, 0xb1), filled(48, 0xb2), filled(48, 0xb3)],
    reportData: filled(64, 0xe0),
    teeTcbSvn2: moduleSvn(1, 7),
    mrServiceTd: filled(48, 0),
    extended: null,
    ...fields,
  };
}

/** TD report 1.0 lacks the fields of a running module and of service TDs. */
export const REPORT_10: ReportOptions = { bodyType: 2, teeTcbSvn2: null, mrServiceTd: null };

export const FMSPC = 'b0c06f000000';
export const INSTANCE = '1f'.repeat(16);

export interface PckOptions extends Partial<Omit<PckFacts, 'configuration'>> {
  readonly configuration?: Partial<PlatformConfiguration>;
}

/** Of a Platform CA: it says everything. */
export function samplePck({ configuration, ...fields }: PckOptions = {}): PckFacts {
  return {
    ppid: filled(16, 0x0b),
    components: [3, 3, 2, 2, 4, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0],
    pceSvn: 11,
    cpuSvn: filled(16, 3),
    pceId: filled(2, 0),
    fmspc: Uint8Array.from(Buffer.from(FMSPC, 'hex')),
    sgxType: 1,
    platformInstanceId: filled(16, 0x1f),
    configuration: { dynamicPlatform: false, cachedKeys: true, smtEnabled: true, ...configuration },
    ...fields,
  };
}

const PART = { status: 'UpToDate', date: '2026-05-14', advisories: [] } as const;

export const TCB: TcbAssessment = {
  status: 'UpToDate',
  source: 'intel-tcb-info',
  date: '2026-05-14',
  advisories: [],
  platform: PART,
  module: PART,
  qe: PART,
};

/** Of the module now running. */
export const CURRENT: Convergence = {
  status: 'UpToDate',
  date: '2026-05-14',
  advisories: [],
  platform: PART,
  module: PART,
  qe: PART,
};
