/** The documents that endorse one TD: the vendor's stored ones, or changed ones signed for the occasion. */
import { X509Certificate } from 'node:crypto';
import type { Authority } from '../certificate.js';
import type { CrlPlan } from '../crl.js';
import { chainOf, mintAuthority, planAuthority, type SignedPlan } from './authorities.js';
import type { Change, MintingWorld, TdChanges, TdDocuments } from './changes.js';
import { type DocumentName, planPckCrl, planRootCrl, tcbInfoName } from './documents.js';
import { mintCrl } from './form.js';
import { mintQeIdentity, planQeIdentity } from './qe-identity.js';
import { mintTcbInfo, planTcbInfo } from './tcb-info.js';
import { documentAt, type SimulatedIntel } from './vendor.js';

type Steps<Plan> = readonly Change<Plan, Plan | null>[];

/** Runs a plan through the changes; null ends it: the document is absent. */
function changed<Plan>(plan: Plan, steps: Steps<Plan>, world: MintingWorld): Plan | null {
  let current: Plan | null = plan;
  for (const step of steps) {
    if (current === null) return null;
    current = step(current, world);
  }
  return current;
}

function stepsOf<Key extends keyof TdChanges>(
  changes: readonly TdChanges[],
  key: Key,
): NonNullable<TdChanges[Key]>[] {
  return changes.flatMap((change) => {
    const step = change[key];
    return step === undefined ? [] : [step];
  });
}

/** Every document for the TD, each with its changes. */
export async function mintTdDocuments(
  intel: SimulatedIntel,
  changes: readonly TdChanges[],
  world: MintingWorld,
): Promise<TdDocuments> {
  const { td } = world;
  const resigned = stepsOf(changes, 'tcbSigning');
  const tcbSigning = await signerOf(intel, resigned, world);
  const authorities = { ...intel.authorities, tcbSigning };
  const root = authorities.root.certificate;

  const mint = async <Plan>(
    name: DocumentName,
    plan: () => Plan,
    steps: Steps<Plan>,
    sign: (plan: Plan) => Promise<Uint8Array>,
    anew = false,
  ): Promise<Uint8Array | null> => {
    if (steps.length === 0 && !anew) return (await documentAt(intel, name, td.at)).bytes;
    const final = changed(plan(), steps, world);
    return final === null ? null : sign(final);
  };
  const signCrl = async (plan: CrlPlan) => (await mintCrl(plan)).der;
  const anew = resigned.length > 0;
  const [tcbInfo, qeIdentity, pckCrl, rootCrl] = await Promise.all([
    mint(
      tcbInfoName(td.fmspc),
      () => planTcbInfo(authorities, td.fmspc, td.at),
      stepsOf(changes, 'tcbInfo'),
      mintTcbInfo,
      anew,
    ),
    mint(
      'qe_identity.json',
      () => planQeIdentity(authorities, td.at),
      stepsOf(changes, 'qeIdentity'),
      mintQeIdentity,
      anew,
    ),
    mint(
      `${td.ca}_crl.der`,
      () => planPckCrl(authorities, td.ca, td.at),
      stepsOf(changes, 'pckCrl'),
      signCrl,
    ),
    mint('root_ca_crl.der', () => planRootCrl(authorities, td.at), stepsOf(changes, 'rootCrl'), signCrl),
  ]);
  const documents: TdDocuments = {
    tcbInfo,
    qeIdentity,
    tcbSigningChain: Buffer.from(chainOf(tcbSigning.certificate, root), 'utf8'),
    pckCrl,
    pckCrlIssuerChain: Buffer.from(chainOf(authorities[td.ca].certificate, root), 'utf8'),
    rootCrl,
  };
  return stepsOf(changes, 'documents').reduce((current, step) => step(current, world), documents);
}

/** The vendor's signer of TCB documents, or one certified anew: by default with the same key and serial number. */
async function signerOf(
  { authorities }: SimulatedIntel,
  steps: readonly Change<SignedPlan>[],
  world: MintingWorld,
): Promise<Authority> {
  const { root, tcbSigning } = authorities;
  if (steps.length === 0) return tcbSigning;
  const plan: SignedPlan = {
    ...planAuthority('tcbSigning', tcbSigning.key, root.key, world.td.at),
    serialNumber: serialOf(tcbSigning),
  };
  return mintAuthority(steps.reduce((current, step) => step(current, world), plan));
}

export function serialOf({ certificate }: Authority): bigint {
  return BigInt(`0x${new X509Certificate(certificate).serialNumber}`);
}
