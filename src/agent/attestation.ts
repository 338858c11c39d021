/** One try, from challenge to token: the reading order of the agent. */
import { readFile } from 'node:fs/promises';
import { base64urlOf } from '../bytes/encoding.js';
import { reasonOf } from '../platform/file-access.js';
import { bindingDigest } from '../rats/binding.js';
import type { JsonObject } from '../rats/result.js';
import type { AgentOptions } from './arguments.js';
import type { KeySource } from './attester-keys.js';
import { AgentFailed, failUsage } from './ending.js';
import { type Evidence, readEvidence } from './evidence.js';
import type { Exchange } from './exchange.js';
import { type AttesterKeys, type BoundKey, type HeldToken, holdToken } from './held-token.js';
import type { AgentLog } from './log.js';
import { type Challenge, submit, takeChallenge } from './service.js';
import type { AgentWorld } from './world.js';

export interface AttestationParts {
  readonly options: AgentOptions;
  readonly keys: KeySource;
  readonly exchange: Exchange;
  readonly world: AgentWorld;
  readonly log: AgentLog;
}

/** Throws TryAgain when another try may help, AgentFailed when it cannot. */
export async function attest(parts: AttestationParts): Promise<HeldToken> {
  const { options, exchange, world, log } = parts;
  const keys = await parts.keys.current();
  const challenge = await takeChallenge(exchange, options, keys.sig === null ? 'raw-nonce' : 'v1');
  const tsm = world.tsm(options.tsmRoot);
  const evidence = await readEvidence(tsm, reportDataFor(challenge, options, keys), { world, log });
  const send = async (bytes: Uint8Array): Promise<HeldToken> => {
    const body = await bodyOf(challenge, { ...evidence, bytes }, { options, keys });
    const at = world.now();
    const reply = await submit(exchange, options.server, body);
    return holdToken(reply, { audience: options.audience, keys, at });
  };
  const { bytes, bare } = evidence;
  if (bare === null) return send(bytes);
  try {
    return await send(bytes);
  } catch (error) {
    if (!isAboutTheTable(error)) throw error;
    log.warn('the certificates of the host cannot be read, and are left out', error.facts);
    // The challenge is good still: nothing that is malformed spends it.
    return send(bare);
  }
}

/** Answers to a certificate table that the host made badly: the report before it may be good. */
const TABLE_CODES: ReadonlySet<unknown> = new Set(['snp_cert_table_malformed', 'evidence_too_large']);

function isAboutTheTable(error: unknown): error is AgentFailed {
  return error instanceof AgentFailed && TABLE_CODES.has(error.facts.code);
}

/** The 64 bytes that the processor signs: computed here, from what this agent asked for. */
function reportDataFor(
  { nonce, nonceBytes }: Challenge,
  { issuer, audience }: AgentOptions,
  { sig, enc }: AttesterKeys,
): Uint8Array {
  if (sig === null) return nonceBytes;
  return bindingDigest({ issuer, audience, nonce, sig: sig.thumbprint, enc: enc?.thumbprint ?? null });
}

async function bodyOf(
  { challenge }: Challenge,
  { type, bytes }: Evidence,
  { options, keys }: Pick<AttestationParts, 'options'> & { readonly keys: AttesterKeys },
): Promise<JsonObject> {
  const { audience, workload, eventLog } = options;
  const log = eventLog === null ? null : await readEventLog(eventLog);
  return {
    challenge,
    audience,
    ...(workload === null ? {} : { workload }),
    evidence: {
      cpu: {
        type,
        bytes: base64urlOf(bytes),
        ...(log === null ? {} : { event_log: base64urlOf(log) }),
      },
    },
    ...(keys.sig === null
      ? {}
      : {
          keys: {
            sig: sentForm(keys.sig),
            ...(keys.enc === null ? {} : { enc: { ...keys.enc.publicJwk } }),
          },
        }),
  };
}

function sentForm({ publicJwk, request }: BoundKey): JsonObject {
  return request ? { csr: base64urlOf(request) } : { ...publicJwk };
}

async function readEventLog(path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    return failUsage(`${path} cannot be read: ${reasonOf(error)}`);
  }
}
