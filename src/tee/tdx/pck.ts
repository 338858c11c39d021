/**
 * The SGX extension of a PCK certificate: which platform, at which patch level. Members are found by OID, each at
 * most once. Source: Intel SGX PCK certificate and CRL profile specification, section 1.3.5.
 */
import { hexOf } from '../../bytes/encoding.js';
import type { Certificate } from '../../pki/certificate.js';
import {
  DER_TAG,
  type DerNode,
  MalformedDer,
  readDer,
  readDerInteger,
  readDerOctets,
  readDerOid,
  readDerSequence,
  requireCanonical,
} from '../../pki/der.js';

export const SGX_EXTENSION_OID = '1.2.840.113741.1.13.1';

const OID = {
  ppid: `${SGX_EXTENSION_OID}.1`,
  tcb: `${SGX_EXTENSION_OID}.2`,
  pceSvn: `${SGX_EXTENSION_OID}.2.17`,
  cpuSvn: `${SGX_EXTENSION_OID}.2.18`,
  pceId: `${SGX_EXTENSION_OID}.3`,
  fmspc: `${SGX_EXTENSION_OID}.4`,
  sgxType: `${SGX_EXTENSION_OID}.5`,
  platformInstance: `${SGX_EXTENSION_OID}.6`,
  configuration: `${SGX_EXTENSION_OID}.7`,
  dynamicPlatform: `${SGX_EXTENSION_OID}.7.1`,
  cachedKeys: `${SGX_EXTENSION_OID}.7.2`,
  smtEnabled: `${SGX_EXTENSION_OID}.7.3`,
} as const;

const ENUMERATED = 0x0a;
const COMPONENTS = 16;

/** How the platform was set up; null where the certificate does not say. */
export interface PlatformConfiguration {
  readonly dynamicPlatform: boolean | null;
  readonly cachedKeys: boolean | null;
  readonly smtEnabled: boolean | null;
}

export interface PckFacts {
  /** 16 bytes: names the processor package or packages. */
  readonly ppid: Uint8Array;
  /** SGX TCB component SVNs, sixteen of 0 to 255. These are compared with TCB levels, never CPUSVN. */
  readonly components: readonly number[];
  /** 0 to 65535. */
  readonly pceSvn: number;
  /** 16 bytes. */
  readonly cpuSvn: Uint8Array;
  /** 2 bytes. */
  readonly pceId: Uint8Array;
  /** 6 bytes: family, model, stepping, platform, and what else decides which TCB info applies. */
  readonly fmspc: Uint8Array;
  /** 0 standard, 1 scalable, 2 scalable with integrity; null where the certificate does not say. Decides nothing. */
  readonly sgxType: number | null;
  /** 16 bytes; null in certificates of the Processor CA. */
  readonly platformInstanceId: Uint8Array | null;
  readonly configuration: PlatformConfiguration;
}

/** Lowercase hex of what names the platform and its family. */
export interface PckTexts {
  readonly fmspc: string;
  readonly pceId: string;
  /** Null in certificates of the Processor CA. */
  readonly platformInstanceId: string | null;
  readonly ppid: string;
  /** SVNs of the components, and of the PCE behind them. */
  readonly svns: string;
}

/** By certificate read, for as long as somebody holds it: a platform sends the same one with every quote. */
const TEXTS = new WeakMap<PckFacts, PckTexts>();

export function pckTexts(pck: PckFacts): PckTexts {
  const known = TEXTS.get(pck);
  if (known !== undefined) return known;
  const { fmspc, pceId, platformInstanceId, ppid, components, pceSvn } = pck;
  const texts = {
    fmspc: hexOf(fmspc),
    pceId: hexOf(pceId),
    platformInstanceId: platformInstanceId === null ? null : hexOf(platformInstanceId),
    ppid: hexOf(ppid),
    svns: `${components.join(',')}.${pceSvn}`,
  };
  TEXTS.set(pck, texts);
  return texts;
}

/** Throws MalformedDer when the extension is missing or is not as the specification has it. */
export function readPck(certificate: Certificate): PckFacts {
  const extension = certificate.extension(SGX_EXTENSION_OID);
  if (extension === null) throw new MalformedDer('the SGX extension is missing');
  const whole = readDer(extension.value);
  requireCanonical(whole);
  const members = readMembers(whole);
  const tcb = readMembers(required(members, OID.tcb));
  const sgxType = members.get(OID.sgxType);
  const configuration = members.get(OID.configuration);
  const platformInstance = members.get(OID.platformInstance);
  return {
    ppid: octets(required(members, OID.ppid), 16),
    components: Array.from({ length: COMPONENTS }, (_, index) =>
      integer(required(tcb, `${OID.tcb}.${index + 1}`), 255),
    ),
    pceSvn: integer(required(tcb, OID.pceSvn), 65535),
    cpuSvn: octets(required(tcb, OID.cpuSvn), 16),
    pceId: octets(required(members, OID.pceId), 2),
    fmspc: octets(required(members, OID.fmspc), 6),
    sgxType: sgxType === undefined ? null : sgxTypeOf(sgxType),
    platformInstanceId: platformInstance === undefined ? null : octets(platformInstance, 16),
    configuration: readConfiguration(configuration),
  };
}

/** SEQUENCE OF SEQUENCE { OID, value }, by OID. */
function readMembers(node: DerNode): ReadonlyMap<string, DerNode> {
  const members = new Map<string, DerNode>();
  for (const pair of readDerSequence(node)) {
    const [oid, value, ...more] = readDerSequence(pair);
    if (oid === undefined || value === undefined || more.length > 0) {
      throw new MalformedDer('not a member of the SGX extension');
    }
    const name = readDerOid(oid);
    if (members.has(name)) throw new MalformedDer(`${name} stands twice in the SGX extension`);
    members.set(name, value);
  }
  return members;
}

function required(members: ReadonlyMap<string, DerNode>, oid: string): DerNode {
  const value = members.get(oid);
  if (value === undefined) throw new MalformedDer(`${oid} is missing in the SGX extension`);
  return value;
}

function octets(node: DerNode, length: number): Uint8Array {
  const bytes = readDerOctets(node);
  if (bytes.length !== length) throw new MalformedDer(`${bytes.length} bytes where ${length} belong`);
  return bytes;
}

function integer(node: DerNode, max: number): number {
  const value = readDerInteger(node);
  if (value < 0n || value > BigInt(max)) throw new MalformedDer(`an integer that is not 0 to ${max}`);
  return Number(value);
}

function sgxTypeOf({ tag, content }: DerNode): number {
  const [type, ...more] = content;
  if (tag !== ENUMERATED || type === undefined || type > 2 || more.length > 0) {
    throw new MalformedDer('an SGX type that is not 0 to 2');
  }
  return type;
}

function readConfiguration(node: DerNode | undefined): PlatformConfiguration {
  const members = node === undefined ? new Map<string, DerNode>() : readMembers(node);
  const flag = (oid: string): boolean | null => {
    const value = members.get(oid);
    if (value === undefined) return null;
    if (value.tag !== DER_TAG.boolean) throw new MalformedDer(`${oid} is not a boolean`);
    return value.content[0] !== 0;
  };
  return {
    dynamicPlatform: flag(OID.dynamicPlatform),
    cachedKeys: flag(OID.cachedKeys),
    smtEnabled: flag(OID.smtEnabled),
  };
}
