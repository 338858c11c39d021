/** Guests that attest without rest at every door, and clients that verify what they get. */
import type { SimulatedAmd } from '../../src/simulator/index.js';
import { type Door, post, preparedSubmission } from './guest.js';

export interface Issued {
  readonly kid: string;
  readonly token: string;
}

export interface Load {
  /** Tokens so far, in the order of their arrival. */
  readonly issued: readonly Issued[];
  /** Anything but a token that every client accepts. */
  readonly failures: readonly string[];
  /** Ends when all guests have their last answer. */
  stop(): Promise<void>;
}

export interface LoadParts {
  readonly doors: readonly Door[];
  readonly vendor: SimulatedAmd;
  readonly audience: string;
  readonly measurement: Uint8Array;
  /** Rejects for a token that a client does not accept. */
  readonly verify: (token: string) => Promise<void>;
}

/** Two guests at each door. */
export function startLoad({ doors, vendor, audience, measurement, verify }: LoadParts): Load {
  const issued: Issued[] = [];
  const failures: string[] = [];
  let stopping = false;

  async function attestOnce(door: Door): Promise<void> {
    const body = await preparedSubmission(door, vendor, { audience, measurement });
    const answer = await post(door, '/v1/attest', body);
    const token = String(answer.body.token);
    if (answer.status !== 200) throw new Error(`${answer.status} ${String(answer.body.code)}`);
    const kid = kidOf(token);
    await verify(token).catch((error: unknown) => {
      throw new Error(`token of ${kid}: ${String(error)}`);
    });
    issued.push({ kid, token });
  }

  async function guest(door: Door): Promise<void> {
    while (!stopping) {
      await attestOnce(door).catch((error: unknown) => failures.push(String(error)));
      if (failures.length > 20) return;
    }
  }

  const guests = doors.flatMap((door) => [guest(door), guest(door)]);
  return {
    issued,
    failures,
    async stop() {
      stopping = true;
      await Promise.all(guests);
    },
  };
}

export function kidOf(token: string): string {
  const [header = ''] = token.split('.');
  return String(JSON.parse(Buffer.from(header, 'base64url').toString()).kid);
}
