/** Minting a TD: its evidence, everything that endorses it, and what a verifier should expect of it. */
import type { Endorsement } from '../../rats/endorsement.js';
import type { RefusalCode } from '../../rats/refusal.js';
import type { PolicyDocument } from '../policy-document.js';
import { chainOf } from './authorities.js';
import type { MintingWorld, TdChanges, TdDocuments } from './changes.js';
import { mintTdDocuments } from './collateral.js';
import { wrapQuote } from './envelope.js';
import { composeEventLog, type SimulatedEvent } from './event-log.js';
import type { TdFault } from './fault.js';
import { tdFaultOf } from './faults.js';
import { mintPck, planPck } from './pck.js';
import { composeQuote, planQuote, signQeReport } from './quote.js';
import { resolveTd, type TdOptions, type TdSettings } from './td-options.js';
import { requireAlive, type SimulatedIntel } from './vendor.js';

export interface SimulatedTd {
  readonly fault: RefusalCode | null;
  /** What a verifier should find: a faulted TD was minted from it and differs in one respect. */
  readonly expected: TdSettings;
  /** What quote and PCK certificate were written from. */
  readonly actual: TdSettings;
  /** In the envelope asked for. */
  readonly evidence: Uint8Array;
  /** The quote inside, without padding. */
  readonly quote: Uint8Array;
  /** Leaf, intermediate, root, DER: what the quote carries. */
  readonly pckChain: readonly Uint8Array[];
  /** Over the QE report, with the PCK key: the platform signs it once for many quotes. */
  readonly qeSignature: Uint8Array;
  /** To be sent beside the quote; null: there is none. */
  readonly eventLog: Uint8Array | null;
  /** The reference value of this TD names the events of RTMR1 instead of the register. */
  readonly namesEvents: boolean;
  /** Nothing has to be given beside evidence: the quote carries its chain. */
  readonly certificates: readonly Uint8Array[];
  readonly documents: TdDocuments;
  /** The documents as endorsements; chains in PEM, as in the files. */
  readonly endorsements: readonly Endorsement[];
  /** The vendor's own root: the trust anchor, whatever the chain says. DER. */
  readonly anchorDer: Uint8Array;
  /** Under which the fault shows; null: policy `standard`. */
  readonly policy: PolicyDocument | null;
}

export interface MintTdOptions extends TdOptions {
  /** A TD beside this one, on the same platform: its PCK chain and its QE report, as it signed it once. */
  readonly sameMachineAs?: SimulatedTd | undefined;
}

/**
 * Mints a TD. Refuses (`request_invalid`) options that contradict the format, an instant outside the life of the
 * vendor's authorities, a fault that does not exist.
 */
export async function mintTd(intel: SimulatedIntel, given: MintTdOptions): Promise<SimulatedTd> {
  const { sameMachineAs: neighbour, ...rest } = given;
  const options = neighbour === undefined ? rest : { ...rest, ...machineOf(neighbour) };
  const fault: TdFault | null = options.fault === undefined ? null : tdFaultOf(options.fault);
  const expected = resolveTd({ ...options, ...fault?.clean });
  const actual = fault?.td?.(expected) ?? expected;
  requireAlive(intel, actual.at);
  const machine = neighbour === undefined ? {} : machineChanges(neighbour);
  const changes = [machine, options.changes ?? {}, fault?.changes ?? {}];
  const world: MintingWorld = { authorities: intel.authorities, td: actual };

  const { quote, pckChain, qeSignature } = await mintQuote(intel, options, changes, world);
  const wrapped = wrapQuote(quote, actual.envelope);
  const evidence = changes.reduce((bytes, change) => change.evidence?.(bytes, world) ?? bytes, wrapped);
  const documents = await mintTdDocuments(intel, changes, world);
  return {
    fault: fault?.code ?? null,
    expected,
    actual,
    evidence,
    quote,
    pckChain,
    qeSignature,
    eventLog: logOf(changes, world),
    namesEvents: fault?.namesEvents ?? false,
    certificates: [],
    documents,
    endorsements: endorsementsOf(documents, actual),
    anchorDer: intel.authorities.root.certificate,
    policy: fault?.policy?.(expected) ?? null,
  };
}

function logOf(changes: readonly TdChanges[], world: MintingWorld): Uint8Array | null {
  const events = changes.reduce<readonly SimulatedEvent[] | null>(
    (told, change) => (told === null || change.events === undefined ? told : change.events(told, world)),
    world.td.eventLog,
  );
  if (events === null) return null;
  return changes.reduce((log, change) => change.log?.(log, world) ?? log, composeEventLog(events));
}

async function mintQuote(
  intel: SimulatedIntel,
  options: TdOptions,
  changes: readonly TdChanges[],
  world: MintingWorld,
): Promise<Pick<SimulatedTd, 'quote' | 'pckChain' | 'qeSignature'>> {
  const { td } = world;
  const keys = {
    pck: options.pckKey ?? intel.pckKey,
    attestation: options.attestationKey ?? intel.attestationKey,
  };
  let authorities = intel.authorities;
  for (const change of changes) authorities = (await change.authorities?.(authorities, td.at)) ?? authorities;
  const pck = changes.reduce(
    (plan, change) => change.pck?.(plan, world) ?? plan,
    planPck(td, authorities, keys.pck),
  );
  const whole = [await mintPck(pck), authorities[td.ca].certificate, authorities.root.certificate];
  const pckChain = changes.reduce<readonly Uint8Array[]>(
    (chain, change) => change.chain?.(chain, world) ?? chain,
    whole,
  );
  const plan = changes.reduce(
    (drafted, change) => change.quote?.(drafted, world) ?? drafted,
    planQuote(td, keys, chainOf(...pckChain)),
  );
  const qeSignature = plan.qe.signature ?? (await signQeReport(plan));
  const quote = changes.reduce(
    (bytes, change) => change.signed?.(bytes, world) ?? bytes,
    await composeQuote({ ...plan, qe: { ...plan.qe, signature: qeSignature } }),
  );
  return { quote, pckChain, qeSignature };
}

/** What the PCK certificate says, what the QE says of itself, and who holds the keys. */
function machineOf({ actual }: SimulatedTd): Partial<TdOptions> {
  const { fmspc, ca, components, pceSvn, ppid, platformInstanceId, platform, qeIsvSvn } = actual;
  return { fmspc, ca, components, pceSvn, ppid, platformInstanceId, platform, qeIsvSvn };
}

function machineChanges({ pckChain, qeSignature }: SimulatedTd): TdChanges {
  return {
    chain: () => pckChain,
    quote: (plan) => ({ ...plan, qe: { ...plan.qe, signature: qeSignature } }),
  };
}

function endorsementsOf(documents: TdDocuments, { fmspc, ca }: TdSettings): Endorsement[] {
  const named: readonly (readonly [kind: string, subject: string, bytes: Uint8Array | null])[] = [
    ['tdx-tcb-info', `${fmspc}/standard`, documents.tcbInfo],
    ['tdx-qe-identity', 'standard', documents.qeIdentity],
    ['tdx-tcb-signing', 'intel', documents.tcbSigningChain],
    ['tdx-pck-crl', ca, documents.pckCrl],
    ['tdx-pck-ca', ca, documents.pckCrlIssuerChain],
    ['tdx-root-crl', 'intel', documents.rootCrl],
  ];
  return named.flatMap(([kind, subject, bytes]) => (bytes === null ? [] : [{ kind, subject, bytes }]));
}
