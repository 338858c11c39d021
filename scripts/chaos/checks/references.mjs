// Reference values: what was answered is there, states move as they may, and what was withdrawn never counts again.

/** Which state an act leads to, from which ones. */
const FROM = {
  create: ['absent'],
  activate: ['draft'],
  retire: ['active'],
  revoke: ['draft', 'active', 'retired'],
};
const GONE = ['revoked', 'retired'];

export function referenceViolations({ versions, challenges, listed }) {
  const violations = [];
  const tried = groupByVersion(challenges);
  for (const version of versions) {
    const say = (rule, what) =>
      violations.push({
        rule,
        what: `reference values ${version.number ?? '?'} (${version.label.slice(0, 12)}…): ${what}`,
      });
    const spans = followStates(version.acts, say);
    judgeAttests(tried.get(version.label) ?? [], spans, say);
  }
  return [...violations, ...strangers(versions, listed ?? [])];
}

function groupByVersion(challenges) {
  const groups = new Map();
  for (const challenge of challenges) {
    const group = groups.get(challenge.version);
    if (group === undefined) groups.set(challenge.version, [challenge]);
    else group.push(challenge);
  }
  return groups;
}

/**
 * Walks through acts and looks in the order of their sending, with the set of states that are possible. Returns
 * the tick from which the version was certainly withdrawn (`gone`), and the ticks between which it was certainly
 * active (`until`: the next act's sending).
 */
function followStates(acts, say) {
  const spans = { gone: Number.POSITIVE_INFINITY, active: [] };
  const inOrder = [...acts].sort((a, b) => a.sent - b.sent);
  let possible = new Set(['absent']);
  for (const [index, act] of inOrder.entries()) {
    const others = inOrder.filter((other) => other.verb !== 'observe' && overlap(other, act));
    possible = act.verb === 'observe' ? afterLook(act, others, possible, say) : afterAct(act, possible, say);
    // While something is under way the state is one of several, whatever a look has shown.
    if (act.status === null || possible.size !== 1 || (act.verb === 'observe' && others.length > 0)) continue;
    const [state] = possible;
    if (GONE.includes(state)) spans.gone = Math.min(spans.gone, act.ended);
    if (state === 'active') {
      const next = inOrder.slice(index + 1).find(({ verb }) => verb !== 'observe');
      spans.active.push({ from: act.ended, until: next?.sent ?? Number.POSITIVE_INFINITY });
    }
  }
  return spans;
}

/** Whether one was under way while the other was; `ended: null` is still under way. */
function overlap(one, other) {
  const end = ({ ended }) => ended ?? Number.POSITIVE_INFINITY;
  return one.sent < end(other) && other.sent < end(one);
}

function afterAct({ verb, to, status, code, state, excused }, possible, say) {
  const allowed = [...possible].some((from) => FROM[verb].includes(from));
  if (status === null || excused) return allowed ? new Set([...possible, to]) : possible;
  if (status === 200 || status === 201) {
    if (state !== to) say('reference_state', `${verb} was answered with ${state}`);
    if (!allowed) say('reference_state', `${verb} was done though it was ${[...possible].join(' or ')}`);
    return new Set([to]);
  }
  const barred = [...possible].filter((from) => !FROM[verb].includes(from));
  if (code === 'state_conflict' && barred.length > 0) return new Set(barred);
  say('unexpected_answer', `${verb} while it was ${[...possible].join(' or ')}: ${status} ${code}`);
  return possible;
}

/** A look may overlap acts: then it may show either side of them, and settles nothing. */
function afterLook({ state }, acts, possible, say) {
  const visible = new Set([...possible, ...acts.flatMap(({ verb, to }) => [...FROM[verb], to])]);
  if (!visible.has(state)) {
    say('reference_state', `is ${state}, though it can only be ${[...visible].join(' or ')}`);
  }
  return acts.length === 0 ? new Set([state]) : possible;
}

function judgeAttests(challenges, { gone, active }, say) {
  for (const { number, sends } of challenges) {
    for (const { sent, ended, status, token } of sends) {
      if (token !== null && sent > gone) {
        say('accepted_after_withdrawal', `challenge ${number} got token ${token.jti}`);
      }
      if (status === 403 && active.some(({ from, until }) => from < sent && ended < until)) {
        say('active_not_accepted', `challenge ${number} was denied`);
      }
    }
  }
}

/** Nothing is listed that nobody sent, nothing twice, and numbers have no gap. */
function strangers(versions, listed) {
  const violations = [];
  const sent = new Map(versions.map((version) => [version.label, version]));
  const seen = new Set();
  const numbers = listed.map(({ number }) => number).sort((a, b) => a - b);
  for (const { number, label, body } of listed) {
    const origin = sent.get(label)?.body;
    const say = (what) =>
      violations.push({ rule: 'reference_unknown', what: `reference values ${number}: ${what}` });
    if (origin === undefined) say('nobody sent them');
    else if (['tee', 'covers'].some((name) => origin[name] !== body[name])) say('differ from what was sent');
    else if (JSON.stringify([origin.match, origin.labels]) !== JSON.stringify([body.match, body.labels])) {
      say('differ from what was sent');
    }
    if (seen.has(label)) say('are there twice');
    seen.add(label);
  }
  if (numbers.some((number, index) => number !== index + 1)) {
    violations.push({ rule: 'reference_unknown', what: `version numbers have a gap: ${numbers.join(' ')}` });
  }
  return violations;
}
