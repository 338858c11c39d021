/** What a simulated TD is asked to look like, and what it looks like where nothing was asked. */
import { createHash, type KeyObject, randomBytes } from 'node:crypto';
import type { RefusalCode } from '../../rats/refusal.js';
import { refuse } from '../../rats/refusal.js';
import type { PckCa } from './authorities.js';
import type { TdChanges } from './changes.js';
import { registersAfter, type SimulatedEvent } from './event-log.js';
import type { PlatformConfiguration } from './pck.js';
import { type LevelStatus, platformAt, SIMULATED_FMSPCS, SIMULATED_PCE_ID } from './tcb-levels.js';

/** TDATTRIBUTES bits by number (Intel 348551, table of ATTRIBUTES). */
export const TD_ATTRIBUTE_BITS = {
  debug: 0,
  hgsPlusProf: 4,
  perfProf: 5,
  pmtProf: 6,
  icssd: 16,
  servtdExt: 17,
  lass: 27,
  septVeDisable: 28,
  migratable: 29,
  pks: 30,
  kl: 31,
  tpa: 62,
  perfmon: 63,
} as const;
export type TdAttribute = keyof typeof TD_ATTRIBUTE_BITS;

/** `padded`: a quote with zeros behind it, as some kernels’ buffers have them. */
export const TD_ENVELOPES = ['raw', 'padded', 'configfs-tsm'] as const;
export type TdEnvelope = (typeof TD_ENVELOPES)[number];

/** Everything that quote and PCK certificate say, resolved. Byte strings raw, of their fields’ lengths. */
export interface TdSettings {
  readonly at: Date;
  /** Twelve and four lowercase hex digits. */
  readonly fmspc: string;
  readonly pceId: string;
  readonly ca: PckCa;
  /** Sixteen SGX component SVNs. */
  readonly components: readonly number[];
  readonly pceSvn: number;
  readonly ppid: Uint8Array;
  /** Both are written by the Platform CA alone. */
  readonly platformInstanceId: Uint8Array;
  readonly platform: PlatformConfiguration;
  /** True: the one serial number that the vendor’s own lists name. */
  readonly revoked: boolean;
  readonly qeIsvSvn: number;
  readonly quoteVersion: 4 | 5;
  /** 2: TD report 1.0, 3: TD report 1.5; version 4 has 2 alone. */
  readonly bodyType: 2 | 3;
  readonly teeTcbSvn: Uint8Array;
  /** Written in TD report 1.5. */
  readonly teeTcbSvn2: Uint8Array;
  readonly mrSeam: Uint8Array;
  readonly mrSignerSeam: Uint8Array;
  readonly seamAttributes: Uint8Array;
  readonly attributes: Readonly<Record<TdAttribute, boolean>>;
  /** Further bits of TDATTRIBUTES, as a word. */
  readonly otherAttributes: bigint;
  readonly xfam: bigint;
  readonly mrTd: Uint8Array;
  readonly mrConfigId: Uint8Array;
  readonly mrOwner: Uint8Array;
  readonly mrOwnerConfig: Uint8Array;
  readonly rtmrs: readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  /** What was measured into them, for a log beside the quote; null: there is none. */
  readonly eventLog: readonly SimulatedEvent[] | null;
  /** Written in TD report 1.5. */
  readonly mrServiceTd: Uint8Array;
  readonly reportData: Uint8Array;
  readonly envelope: TdEnvelope;
}

type Loose<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** SVNs of a TDX module: `major` 0 is 1.0, 1 is 1.5. */
export interface ModuleSvn {
  readonly major: number;
  readonly isvSvn: number;
  /** Late microcode, byte 2. */
  readonly microcode: number;
}

export interface TdOptions
  extends Loose<Omit<TdSettings, 'at' | 'attributes' | 'platform' | 'rtmrs' | 'pceId'>> {
  /** The instant at which everything is valid. */
  readonly at: Date;
  /** The platform level that the PCK certificate just meets; `components` and `pceSvn` win over it. */
  readonly level?: LevelStatus | 'none' | undefined;
  /** True: the level OutOfDate. */
  readonly outOfDate?: boolean | undefined;
  /** The module that launched the TD; `teeTcbSvn` wins over it. */
  readonly module?: Loose<ModuleSvn> | undefined;
  /** The module now running, default the same; `teeTcbSvn2` wins over it. */
  readonly runningModule?: Loose<ModuleSvn> | undefined;
  readonly attributes?: Loose<TdSettings['attributes']> | undefined;
  readonly platform?: Loose<PlatformConfiguration> | undefined;
  /** By register; what is absent is as by default. Not together with `eventLog`, which they follow from. */
  readonly rtmrs?: readonly (Uint8Array | undefined)[] | undefined;
  /** Private P-256 keys. Default: the vendor’s. */
  readonly pckKey?: KeyObject | undefined;
  readonly attestationKey?: KeyObject | undefined;
  /** Changes to anything on its way to be signed. */
  readonly changes?: TdChanges | undefined;
  /** Spoils exactly the check of this code; one of TD_FAULTS. */
  readonly fault?: RefusalCode | undefined;
}

const CURRENT_MODULE: ModuleSvn = { major: 1, isvSvn: 5, microcode: 8 };

/** x87, SSE, AVX, AVX-512, PKRU, CET and AMX. */
const XFAM = 0x61ae7n;

/**
 * Fills in a TD that policy `standard` affirms: UpToDate, no debugging, no service TD; random measurements but
 * for RTMR3. Refuses (`request_invalid`) byte strings of the wrong length and numbers beyond their field.
 */
export function resolveTd(options: TdOptions): TdSettings {
  const level = platformAt(options.level ?? (options.outOfDate === true ? 'OutOfDate' : 'UpToDate'));
  const quoteVersion = options.quoteVersion ?? 4;
  const bodyType = options.bodyType ?? (quoteVersion === 4 ? 2 : 3);
  if (quoteVersion === 4 && bodyType !== 2) {
    refuse('request_invalid', 'request', 'a quote of version 4 has TD report 1.0');
  }
  const teeTcbSvn =
    exactly('TEE_TCB_SVN', 16, options.teeTcbSvn) ?? svnOf(merged(CURRENT_MODULE, options.module));
  const running = merged(merged(CURRENT_MODULE, options.module), options.runningModule);
  const digest = (what: string, bytes: Uint8Array | undefined) => exactly(what, 48, bytes);
  const zeros = (length: number) => new Uint8Array(length);
  return {
    at: options.at,
    fmspc: fmspcOf(options.fmspc),
    pceId: SIMULATED_PCE_ID,
    ca: options.ca ?? 'platform',
    components: componentsOf(options.components ?? level.components),
    pceSvn: within('PCESVN', 0xffff, options.pceSvn ?? level.pceSvn),
    ppid: exactly('PPID', 16, options.ppid) ?? randomBytes(16),
    platformInstanceId: exactly('platform instance id', 16, options.platformInstanceId) ?? randomBytes(16),
    platform: merged({ dynamicPlatform: false, cachedKeys: false, smtEnabled: false }, options.platform),
    revoked: options.revoked ?? false,
    qeIsvSvn: within('ISVSVN', 0xffff, options.qeIsvSvn ?? 4),
    quoteVersion,
    bodyType,
    teeTcbSvn,
    teeTcbSvn2:
      exactly('TEE_TCB_SVN_2', 16, options.teeTcbSvn2) ??
      (options.runningModule === undefined ? teeTcbSvn : svnOf(running)),
    mrSeam: digest('MRSEAM', options.mrSeam) ?? mrSeamOf(teeTcbSvn),
    mrSignerSeam: digest('MRSIGNERSEAM', options.mrSignerSeam) ?? zeros(48),
    seamAttributes: exactly('SEAMATTRIBUTES', 8, options.seamAttributes) ?? zeros(8),
    attributes: merged(DEFAULT_ATTRIBUTES, options.attributes),
    otherAttributes: options.otherAttributes ?? 0n,
    xfam: options.xfam ?? XFAM,
    mrTd: digest('MRTD', options.mrTd) ?? randomBytes(48),
    mrConfigId: digest('MRCONFIGID', options.mrConfigId) ?? zeros(48),
    mrOwner: digest('MROWNER', options.mrOwner) ?? zeros(48),
    mrOwnerConfig: digest('MROWNERCONFIG', options.mrOwnerConfig) ?? zeros(48),
    rtmrs: registersOf(options),
    eventLog: options.eventLog ?? null,
    mrServiceTd: digest('MRSERVICETD', options.mrServiceTd) ?? zeros(48),
    reportData: exactly('REPORTDATA', 64, options.reportData) ?? randomBytes(64),
    envelope: options.envelope ?? 'raw',
  };
}

const DEFAULT_ATTRIBUTES: TdSettings['attributes'] = {
  debug: false,
  hgsPlusProf: false,
  perfProf: false,
  pmtProf: false,
  icssd: false,
  servtdExt: false,
  lass: false,
  septVeDisable: true,
  migratable: false,
  pks: false,
  kl: false,
  tpa: false,
  perfmon: false,
};

function registersOf({ rtmrs, eventLog = null }: TdOptions): TdSettings['rtmrs'] {
  if (eventLog !== null) {
    if (rtmrs !== undefined) {
      refuse('request_invalid', 'request', 'the RTMRs of a TD with an event log follow from its events');
    }
    return registersAfter(eventLog);
  }
  const given = [0, 1, 2, 3].map((index) => exactly(`RTMR${index}`, 48, rtmrs?.[index]));
  const [rtmr0, rtmr1, rtmr2, rtmr3] = given;
  return [
    rtmr0 ?? randomBytes(48),
    rtmr1 ?? randomBytes(48),
    rtmr2 ?? randomBytes(48),
    rtmr3 ?? new Uint8Array(48),
  ];
}

function svnOf({ major, isvSvn, microcode }: ModuleSvn): Uint8Array {
  const svn = new Uint8Array(16);
  svn.set([isvSvn, major, microcode].map((part) => within('a module’s SVN', 255, part)));
  return svn;
}

/** Made up, and the same for the same module. */
function mrSeamOf(teeTcbSvn: Uint8Array): Uint8Array {
  return createHash('sha384').update('Assay simulated TDX module').update(teeTcbSvn.subarray(0, 2)).digest();
}

function merged<T extends object>(base: T, changes: Loose<T> | undefined): T {
  const given = Object.entries(changes ?? {}).filter(([, value]) => value !== undefined);
  return { ...base, ...Object.fromEntries(given) };
}

function exactly(what: string, length: number, bytes: Uint8Array | undefined): Uint8Array | undefined {
  if (bytes !== undefined && bytes.length !== length) {
    refuse('request_invalid', 'request', `${what} of a TD is ${length} bytes, not ${bytes.length}`);
  }
  return bytes;
}

function within(what: string, max: number, value: number): number {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    refuse('request_invalid', 'request', `${what} is 0 to ${max}, not ${value}`);
  }
  return value;
}

function componentsOf(components: readonly number[]): readonly number[] {
  if (components.length !== 16) {
    refuse('request_invalid', 'request', `a platform has 16 components, not ${components.length}`);
  }
  return components.map((svn) => within('a component', 255, svn));
}

function fmspcOf(given: string | undefined): string {
  const fmspc = given?.toLowerCase() ?? SIMULATED_FMSPCS[0];
  if (!/^[0-9a-f]{12}$/u.test(fmspc)) {
    refuse('request_invalid', 'request', 'an FMSPC is 12 hexadecimal digits');
  }
  return fmspc;
}
