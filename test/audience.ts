/** An audience with the usual choices; each test names what it is about. */
import type { Audience } from '../src/verifier/reference-ports.js';

export function audienceOf(name: string, changes: Partial<Audience> = {}): Audience {
  return {
    name,
    minimumStatus: 'affirming',
    workloads: null,
    profile: 'ear',
    alg: 'ES256',
    lifetime: 300,
    keyBinding: 'required',
    renewalSeconds: 0,
    tokenEncryption: 'when-key',
    keyHeader: 'kid',
    typ: 'JWT',
    clientId: null,
    awsTags: false,
    maxTokenBytes: 4096,
    createdAt: new Date('2026-11-20T12:00:00Z'),
    ...changes,
  };
}
