// One challenge, one decision: over parallel copies, over restarts, whether or not the reply arrived.

/** Milliseconds after a challenge's end for which its spending is certainly on record; it is purged after ten minutes. */
const ON_RECORD = 9 * 60_000;

export function challengeViolations({ challenges, finished, now }, found) {
  const violations = [];
  for (const challenge of challenges) {
    const say = (rule, what) =>
      violations.push({ rule, what: `challenge ${challenge.number} (${challenge.tee}): ${what}` });
    const tokens = challenge.sends.filter(({ token }) => token !== null);
    if (tokens.length > 1) say('two_tokens', `tokens ${tokens.map(({ token }) => token.jti).join(' and ')}`);
    judgeAnswers(challenge, say);
    if (finished) judgeEnd(challenge, say);
    if (found !== null && now - challenge.expiresAt < ON_RECORD) judgeSpending(challenge, found, say);
  }
  return violations;
}

const DECIDES = (send) => send.status === 200 || send.status === 403;
/** An answer that never came, or one that says that the database did not answer, leaves open what was committed. */
const MAY_HAVE_DECIDED = (send) => send.status === null || send.excused || DECIDES(send);

function judgeAnswers({ sends, version }, say) {
  const decided = sends.filter(DECIDES);
  if (decided.length > 1) say('decided_twice', decided.map(({ status }) => status).join(', '));
  for (const send of sends) {
    const { status, code, excused } = send;
    if (status === null || excused || status === 200) continue;
    if (status === 409 && code === 'nonce_replayed') {
      // Whoever is told that the challenge is spent must not have been the only one to send it.
      const others = sends.filter((other) => other !== send && other.sent < send.ended);
      if (!others.some(MAY_HAVE_DECIDED)) say('replayed_without_cause', 'nobody else had sent it');
    } else if (!(status === 409 && code === 'nonce_expired')) {
      const expected = status === 403 && code === 'measurement_not_allowed' && version !== null;
      if (!expected) say('unexpected_answer', `${status} ${code}`);
    }
  }
}

/** A challenge that was sent and got no answer has been sent until there was one. */
function judgeEnd({ sends }, say) {
  const answered = sends.some(({ status }) => [200, 403, 409].includes(status));
  if (sends.length > 0 && !answered) say('unresolved', 'no submission was ever answered');
}

/** A token's challenge is on record as spent by its decision, and by no other. */
function judgeSpending({ sends, nonceDigest }, { tokens }, say) {
  for (const { token } of sends) {
    const row = token === null ? undefined : tokens.get(token.jti);
    if (row !== undefined && row.nonceDigest !== nonceDigest) {
      say('challenge_not_spent', `${token.decision} is on record for nonce digest ${row.nonceDigest}`);
    }
  }
}
