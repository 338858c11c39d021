/** Minting TCB info, version 3: members in the order of the provisioning service (PCS API, version 4). */
import type { JsonObject } from '../../rats/result.js';
import { windowOf } from '../crl.js';
import type { IntelAuthorities } from './authorities.js';
import { type SigningPlan, secondsOf, signJson, statusMembers, upperHex } from './signed-json.js';
import {
  EVALUATION_NUMBER,
  INTEL_MODULE,
  MODULE_IDENTITIES,
  PLATFORM_LEVELS,
  type PlannedModule,
  type PlannedModuleIdentity,
  type PlannedPlatformLevel,
  SIMULATED_PCE_ID,
} from './tcb-levels.js';

export interface TcbInfoPlan extends SigningPlan {
  readonly id: string;
  readonly version: number;
  /** Hex digits. */
  readonly fmspc: string;
  readonly pceId: string;
  readonly tcbType: number;
  readonly tdxModule: PlannedModule;
  /** null leaves the member out. */
  readonly moduleIdentities: readonly PlannedModuleIdentity[] | null;
  readonly levels: readonly PlannedPlatformLevel[];
}

/** How long TCB info, QE identity and PCK lists hold. */
export const DOCUMENT_DAYS = 30;

export function planTcbInfo({ tcbSigning }: IntelAuthorities, fmspc: string, at: Date): TcbInfoPlan {
  const { thisUpdate, nextUpdate } = windowOf(at, DOCUMENT_DAYS);
  return {
    id: 'TDX',
    version: 3,
    issueDate: thisUpdate,
    nextUpdate,
    fmspc,
    pceId: SIMULATED_PCE_ID,
    tcbType: 0,
    evaluationNumber: EVALUATION_NUMBER,
    tdxModule: INTEL_MODULE,
    moduleIdentities: MODULE_IDENTITIES,
    levels: PLATFORM_LEVELS,
    signingKey: tcbSigning.key,
  };
}

/** The service’s answer, exact bytes. */
export function mintTcbInfo(plan: TcbInfoPlan): Promise<Uint8Array> {
  const inner: JsonObject = {
    id: plan.id,
    version: plan.version,
    issueDate: secondsOf(plan.issueDate),
    nextUpdate: secondsOf(plan.nextUpdate),
    fmspc: plan.fmspc.toUpperCase(),
    pceId: plan.pceId.toUpperCase(),
    tcbType: plan.tcbType,
    tcbEvaluationDataNumber: plan.evaluationNumber,
    tdxModule: moduleMembers(plan.tdxModule),
    ...(plan.moduleIdentities === null
      ? {}
      : { tdxModuleIdentities: plan.moduleIdentities.map(identityMembers) }),
    tcbLevels: plan.levels.map(levelMembers),
  };
  return signJson('tcbInfo', inner, plan);
}

function moduleMembers({ mrSigner, attributes, attributesMask }: PlannedModule): JsonObject {
  return {
    mrsigner: upperHex(mrSigner),
    attributes: upperHex(attributes),
    attributesMask: upperHex(attributesMask),
  };
}

function identityMembers(identity: PlannedModuleIdentity): JsonObject {
  return {
    id: identity.id,
    ...moduleMembers(identity),
    tcbLevels: identity.levels.map((level) => ({ tcb: { isvsvn: level.isvSvn }, ...statusMembers(level) })),
  };
}

function levelMembers(level: PlannedPlatformLevel): JsonObject {
  return {
    tcb: {
      sgxtcbcomponents: componentMembers(level.sgx, SGX_COMPONENTS),
      pcesvn: level.pceSvn,
      tdxtcbcomponents: componentMembers(level.tdx, TDX_COMPONENTS),
    },
    ...statusMembers(level),
  };
}

type Label = readonly [category: string, type?: string];

/** What Intel calls the components; of no consequence. */
const SGX_COMPONENTS: readonly Label[] = [
  ['BIOS', 'Early Microcode Update'],
  ['OS/VMM', 'SGX Late Microcode Update'],
  ['OS/VMM', 'TXT SINIT'],
  ['BIOS'],
  ['BIOS'],
  ['BIOS'],
];
const TDX_COMPONENTS: readonly Label[] = [
  ['OS/VMM', 'TDX Module'],
  ['OS/VMM', 'TDX Module'],
  ['OS/VMM', 'TDX Late Microcode Update'],
];

function componentMembers(svns: readonly number[], labels: readonly Label[]): JsonObject[] {
  return svns.map((svn, index) => {
    const [category, type] = labels[index] ?? [];
    return {
      svn,
      ...(category === undefined ? {} : { category }),
      ...(type === undefined ? {} : { type }),
    };
  });
}
