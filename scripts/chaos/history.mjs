// What the clients saw, as plain data: the checks read nothing else of the run.

/**
 * Instants are ticks: each sending and each answer takes the next number, so that "sent after the answer" can be
 * told without a clock. `ended: null` is under way; a request that got no answer has ended with `status: null`.
 */
export function createHistory() {
  let now = 0;
  const flying = new Set();
  return {
    /** `{ number, nonceDigest, audience, tee, version, expiresAt, sends }`. */
    challenges: [],
    /** `{ generation, sent, ended, status, code, imported, rejected }`: archives of vendor documents. */
    imports: [],
    /** SHA-256 of every document that the service was given or made itself -> `{ generation, path, bytes, … }`. */
    documents: new Map(),
    /** `{ tick, current: { name: sha256 }, stored: { sha256: name } }`: what the service listed; `stored` of the last. */
    currents: [],
    /** `{ label, body, number, acts }`: reference values, acts `{ verb, to, sent, ended, status, code }`. */
    versions: [],
    /** `{ ms, cpuMs, after, first, rivals }`: from spawning to ready. */
    starts: [],
    /** `{ kind, when, inFlight, lost }` for every kill -9. */
    kills: [],
    /** `{ how, ms, inFlight }` for every restart of the database. */
    outages: [],
    /** `{ rule, what, said }`: answers that no client should get, and processes that did what they should not. */
    surprises: [],
    /** Key ids of the JWKS, at every start. */
    keys: [],

    tick() {
      now += 1;
      return now;
    },
    /** Runs a request and notes when it was sent and when it ended; `onAnswer` fills in the rest of the entry. */
    async record(list, entry, request, onAnswer = () => {}) {
      Object.assign(entry, { sent: this.tick(), ended: null, status: null, code: null });
      list.push(entry);
      flying.add(entry);
      const answer = await request();
      flying.delete(entry);
      if (!answer.sent) {
        // Nobody was there: as if it had not been tried.
        list.splice(list.indexOf(entry), 1);
        return;
      }
      if (answer.status !== null) await onAnswer(answer);
      const { status, body } = answer;
      Object.assign(entry, { ended: this.tick(), status, code: body.code ?? null });
    },
    /** Requests under way. */
    flying: () => [...flying],
    inFlight: (isOfKind) => [...flying].filter(isOfKind).length,
  };
}
