/** The client of Node.js, asked as the helpers in other languages are. */
import {
  createReplayMemory,
  createTokenVerifier,
  type Presentation,
  TokenRefused,
  type TokenVerifier,
  type TokenVerifierOptions,
  type VerifiedToken,
} from '../../src/client/index.js';
import type { JsonObject } from '../../src/rats/result.js';
import type { Answer, JudgeOptions, Question, TokenQuestion } from './question.js';

export type Judge = (question: Question) => Promise<Answer>;

export function createNodeJudge(): Judge {
  const verifiers = new Map<string, TokenVerifier>();
  let now = 0;

  function verifierOf({ verifier, options }: Question): TokenVerifier {
    const known = verifiers.get(verifier) ?? createTokenVerifier(wholeOf(options, () => new Date(now)));
    verifiers.set(verifier, known);
    return known;
  }

  return async (question) => {
    now = question.at;
    let verifier: TokenVerifier;
    try {
      verifier = verifierOf(question);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      return { code: 'mistake', reason: '', detail: error.message, said: null };
    }
    try {
      const verified = await ask(verifier, question);
      return { code: 'accepted', reason: '', detail: '', said: saidOf(verified) };
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error;
      return { code: error.code, reason: error.reason ?? '', detail: error.message, said: null };
    }
  };
}

function wholeOf({ since, capacity, ...options }: JudgeOptions, now: () => Date): TokenVerifierOptions {
  const replayStore = createReplayMemory(new Date(since), capacity);
  // What is no option is for the client to say.
  return { ...(options as TokenVerifierOptions), replayStore, now };
}

async function ask(verifier: TokenVerifier, question: Question): Promise<VerifiedToken | null> {
  switch (question.about) {
    case 'keys':
      await verifier.loadKeys();
      return null;
    case 'token':
      return verifier.verify(question.token, presentationOf(question));
    case 'request': {
      const { method, url } = question;
      const headers: Record<string, string[]> = {};
      for (const [name, value] of question.headers) headers[name] = [...(headers[name] ?? []), value];
      return verifier.verifyRequest({ method, url, headers });
    }
  }
}

function presentationOf({ thumbprint, proof, method = '', url = '' }: TokenQuestion): Presentation {
  return {
    ...(thumbprint === undefined ? {} : { provenThumbprint: thumbprint }),
    ...(proof === undefined ? {} : { dpop: { proof, method, url } }),
  };
}

function saidOf(verified: VerifiedToken | null): JsonObject | null {
  if (verified === null) return null;
  const { v: _version, ...att } = verified.att;
  return {
    ...verified,
    issuedAt: verified.issuedAt.getTime(),
    expiresAt: verified.expiresAt.getTime(),
    // The facts that the type names, without what else a token has there.
    att: Object.fromEntries(Object.entries(att).filter(([name]) => FACTS.has(name))),
  };
}

const FACTS: ReadonlySet<string> = new Set([
  ...['tenant', 'workload', 'reference_version', 'tee', 'generation', 'debug', 'simulated', 'tcb_status'],
  ...['tcb_source', 'tcb_date', 'tcb_in_grace', 'measurement', 'policy', 'policy_digest', 'decision'],
  ...['evidence_digest', 'devices', 'fresh'],
]);
