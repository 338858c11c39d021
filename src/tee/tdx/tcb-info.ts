/**
 * Intel's TCB info for TDX, version 3: which patch levels of a platform and of its TDX modules have which status.
 * Source: Intel PCS API v4, "Get TDX TCB Info"; Intel QVL, TcbInfo.
 */
import type { JsonValue } from '../../rats/result.js';
import {
  type DocumentHead,
  type IsvSvnLevel,
  MalformedCollateral,
  type OtherDocument,
  readEvaluationNumber,
  readIsvSvnLevels,
  readLevel,
  readSignedDocument,
  type SignedDocumentJson,
  sortLevels,
  TCB_STATUSES,
  type TcbLevel,
} from './collateral.js';
import { type Members, readMembers } from './collateral-members.js';

export const TCB_INFO_ID = 'TDX';
export const TCB_INFO_VERSION = 3;

/** SGX and TDX components alike. */
export const TCB_COMPONENTS = 16;

/** Whose a TDX module must be. Lowercase hex of 48, 8 and 8 bytes. */
export interface ModuleReference {
  /** Zeros: Intel's own. */
  readonly mrSigner: string;
  readonly attributes: string;
  readonly attributesMask: string;
}

/** A generation of the TDX module, and its levels. */
export interface TdxModuleIdentity extends ModuleReference {
  /** `TDX_01`, in upper case: the number is the module's major version, two hex digits. */
  readonly id: string;
  /** By `isvSvn`, descending; never empty. */
  readonly levels: readonly IsvSvnLevel[];
}

/** What a platform must reach. Components: sixteen of 0 to 255. */
export interface PlatformLevel extends TcbLevel {
  readonly sgxComponents: readonly number[];
  /** 0 to 65535. */
  readonly pceSvn: number;
  readonly tdxComponents: readonly number[];
}

export interface TcbInfo extends DocumentHead, SignedDocumentJson {
  readonly kind: 'tcb-info';
  /** Lowercase hex of 6 and 2 bytes. */
  readonly fmspc: string;
  readonly pceId: string;
  /** For module major version 0. */
  readonly tdxModule: ModuleReference;
  /** For all later ones; null when the document has none. */
  readonly moduleIdentities: readonly TdxModuleIdentity[] | null;
  /** By SGX components, PCESVN, TDX components, descending; never empty. */
  readonly levels: readonly PlatformLevel[];
}

/**
 * Reads the answer of the PCS, at most 256 KiB. Neither signature nor dates are judged. A document that is not
 * `TDX` of version 3 comes back as `other`, for its signature still decides what is to be said about it. Throws
 * MalformedCollateral.
 */
export function readTcbInfo(bytes: Uint8Array): TcbInfo | OtherDocument {
  return readSignedDocument(
    bytes,
    { member: 'tcbInfo', id: TCB_INFO_ID, version: TCB_INFO_VERSION },
    (members, dates) => {
      // Says how to compare the components; 0 is the only way there is.
      members.integer('tcbType', 0);
      return {
        kind: 'tcb-info' as const,
        ...dates,
        evaluationNumber: readEvaluationNumber(members),
        fmspc: members.hex('fmspc', 6),
        pceId: members.hex('pceId', 2),
        tdxModule: members.object('tdxModule', readReference),
        moduleIdentities: members.has('tdxModuleIdentities') ? readIdentities(members) : null,
        levels: sortLevels(
          members.filledList('tcbLevels', readPlatformLevel),
          ({ sgxComponents, pceSvn, tdxComponents }) => [...sgxComponents, pceSvn, ...tdxComponents],
          'tcbInfo.tcbLevels',
        ),
      };
    },
  );
}

function readReference(members: Members): ModuleReference {
  return {
    mrSigner: members.hex('mrsigner', 48),
    attributes: members.hex('attributes', 8),
    attributesMask: members.hex('attributesMask', 8),
  };
}

function readIdentities(members: Members): readonly TdxModuleIdentity[] {
  const identities = members.filledList('tdxModuleIdentities', readIdentity);
  const ids = new Set(identities.map(({ id }) => id));
  if (ids.size < identities.length) throw new MalformedCollateral('two TDX module identities have one id');
  return identities;
}

function readIdentity(item: JsonValue, where: string): TdxModuleIdentity {
  return readMembers(item, where, (members) => ({
    id: members.word('id').toUpperCase(),
    ...readReference(members),
    levels: sortLevels(readIsvSvnLevels(members), ({ isvSvn }) => [isvSvn], `${where}.tcbLevels`),
  }));
}

function readPlatformLevel(item: JsonValue, where: string): PlatformLevel {
  return readMembers(item, where, (members) => ({
    ...members.object('tcb', (tcb) => ({
      sgxComponents: readComponents(tcb, 'sgxtcbcomponents'),
      pceSvn: tcb.integer('pcesvn', 0xffff),
      tdxComponents: readComponents(tcb, 'tdxtcbcomponents'),
    })),
    ...readLevel(members, TCB_STATUSES),
  }));
}

/** `category` and `type` are for people and play no part. */
function readComponents(members: Members, name: string): readonly number[] {
  const components = members.list(name, (item, where) =>
    readMembers(item, where, (component) => {
      for (const note of ['category', 'type']) if (component.has(note)) component.text(note);
      return component.integer('svn', 0xff);
    }),
  );
  if (components.length !== TCB_COMPONENTS) {
    throw new MalformedCollateral(`${members.where}.${name} has ${components.length} components, not 16`);
  }
  return components;
}
