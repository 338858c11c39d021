// Every token that a client received verifies, under the one signing key, and has its decision.

/** A decision says the same as its token. */
const REPEATED = ['audience', 'workload', 'version', 'evidenceDigest'];

export function tokenViolations({ challenges, keys }, found) {
  const violations = [];
  const first = keys[0] ?? [];
  for (const { number, sends } of challenges) {
    for (const { token, decided, ended } of sends) {
      if (token === null) continue;
      const say = (rule, what) =>
        violations.push({ rule, what: `token ${token.jti} of challenge ${number}, ${what}` });
      if (token.fault !== null) say('token_unusable', token.fault);
      if (!first.includes(token.kid))
        say('signing_key_changed', `is signed by ${token.kid}, not one of ${first}`);
      if (decided === null) say('token_without_decision', `names ${token.decision}, which GET does not find`);
      if (decided != null) compare(token, decided, say);
      if (found !== null && ended !== null && ended < found.tick)
        compareRow(token, found.tokens.get(token.jti), say);
    }
  }
  for (const kids of keys) {
    if (kids.join() !== first.join()) {
      violations.push({ rule: 'signing_key_changed', what: `JWKS lists ${kids} after ${first}` });
    }
  }
  return violations;
}

function compare(token, decision, say) {
  if (decision.status !== 'affirming' || decision.code !== null) {
    say('token_without_decision', `${token.decision} says ${decision.status} ${decision.code}`);
  }
  for (const name of REPEATED) {
    if (decision[name] !== token[name]) {
      say('token_without_decision', `${name} is ${token[name]}, in ${token.decision} ${decision[name]}`);
    }
  }
}

function compareRow(token, row, say) {
  if (row === undefined) return say('token_without_decision', 'is not in the table of tokens');
  if (row.decision !== token.decision || row.kid !== token.kid) {
    say('token_without_decision', `is recorded for ${row.decision} under ${row.kid}`);
  }
  compare(token, row, say);
}
