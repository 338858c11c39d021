/** Codes that whoever shows a key-bound token can earn, each beside a request that is accepted. */
import type { RefusalCode } from '../../src/rats/refusal.js';
import {
  type Held,
  heldToken,
  registerRenewable,
  renewalProof,
  renewed,
  sendRenewal,
} from '../http/holder.js';
import { type Exchange, inTurn, type Stage } from './stage.js';

export const BY_HOLDER: Readonly<Partial<Record<RefusalCode, (stage: Stage) => Promise<Exchange>>>> = {
  token_invalid: (stage) =>
    forHeld(stage, 'token', async (service, held) => {
      const proof = await renewalProof(service, held);
      return inTurn(
        () => sendRenewal(service, { token: `Bearer ${held.token}`, proof }),
        () => sendRenewal(service, { token: held.token, proof }),
      );
    }),
  dpop_proof_invalid: (stage) =>
    forHeld(stage, 'proof', (service, held) =>
      inTurn(
        () => renewed(service, held, { method: 'GET' }),
        () => renewed(service, held, { method: 'POST' }),
      ),
    ),
  dpop_proof_replayed: (stage) =>
    forHeld(stage, 'replay', async (service, held) => {
      const proof = await renewalProof(service, held);
      const send = () => sendRenewal(service, { token: held.token, proof });
      const accepted = await send();
      return { accepted, refused: await send() };
    }),
  evidence_required: (stage) =>
    forHeld(stage, 'evidence', async (service, held) => {
      const other = await heldToken(service, { audience: 'vault' });
      return inTurn(
        () => renewed(service, other),
        () => renewed(service, held),
      );
    }),
};

/** A token of an audience of its own that takes renewals. */
async function forHeld(
  { service }: Stage,
  audience: string,
  work: (service: Stage['service'], held: Held) => Promise<Exchange>,
): Promise<Exchange> {
  await registerRenewable(service, { name: audience });
  return work(service, await heldToken(service, { audience }));
}
