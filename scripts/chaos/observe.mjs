// What the service and its database say after a restart, for the checks to hold against what clients saw.
import { ask } from './client.mjs';
import { ROTATING } from './operator.mjs';

const PAGE = 200;

/** Over the API, while the load goes on. A service that is killed meanwhile leaves the rest for the next time. */
export async function observeService(world) {
  const { history } = world;
  const get = async (path) => {
    const answer = await ask(`${world.issuer}${path}`, { key: world.key });
    if (answer.status !== 200) world.expectNothingElse(`GET ${path}`, answer);
    return answer.status === 200 ? answer.body : null;
  };
  const set = await get('/.well-known/jwks.json');
  if (set !== null) history.keys.push(set.keys.map(({ kid }) => kid).sort());
  await observeDecisions(world);
  await observeEndorsements(history, get);
  await observeVersions(history, get);
}

/** The decision of every token that was received and not yet looked for. */
async function observeDecisions(world) {
  const waiting = world.history.challenges
    .flatMap(({ sends }) => sends)
    .filter(({ token, decided }) => token !== null && decided === undefined);
  const one = async () => {
    for (let send = waiting.pop(); send !== undefined; send = waiting.pop()) {
      const answer = await ask(`${world.issuer}/v1/decisions/${send.token.decision}`, { key: world.key });
      if (answer.status === 404) send.decided = null;
      else if (answer.status === 200) send.decided = decisionOf(answer.body);
      else world.expectNothingElse('a decision', answer);
    }
  };
  await Promise.all([one(), one(), one()]);
}

/** The members that a token repeats. */
function decisionOf({
  status,
  code,
  audience,
  workload,
  reference_version: version,
  evidence_digest: digest,
}) {
  return { status, code, audience, workload, version, evidenceDigest: digest };
}

async function observeEndorsements(history, get) {
  const tick = history.tick();
  const current = {};
  const stored = {};
  let cursor = null;
  do {
    const behind = cursor === null ? '' : `&cursor=${cursor}`;
    const list = await get(`/v1/endorsements?limit=${PAGE}${behind}`);
    if (list === null) return;
    for (const { kind, subject, sha256, state } of list.items) {
      const name = `${kind} of ${subject}`;
      stored[sha256] = name;
      if (state === 'current') current[name] = sha256;
    }
    cursor = list.next_cursor;
  } while (cursor !== null);
  history.currents.push({ tick, current, stored });
  // Only the last list is held against all imports: it says all that the earlier ones said.
  for (const earlier of history.currents.slice(0, -1)) earlier.stored = null;
}

/** Every version's state as an act of its own, and the number of those whose reply was lost. */
async function observeVersions(history, get) {
  const known = new Map(history.versions.map((version) => [version.label, version]));
  const sent = history.tick();
  const items = [];
  let cursor = null;
  do {
    const after = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = await get(`/v1/workloads/${ROTATING}/reference-values?limit=${PAGE}${after}`);
    if (page === null) return;
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null);
  const ended = history.tick();
  history.listed = items.map(({ version, match, labels, covers, tee }) => ({
    number: version,
    label: match.measurement[0],
    body: { tee, covers, match, labels },
  }));
  const seen = new Map(items.map((item) => [item.match.measurement[0], item]));
  for (const version of known.values()) {
    const found = seen.get(version.label);
    if (found !== undefined) version.number ??= found.version;
    note(version.acts, { verb: 'observe', sent, ended, status: 200, state: found?.state ?? 'absent' });
  }
}

/** Of looks that show the same, the first and the last are kept: those between say nothing more. */
function note(acts, look) {
  const same = acts.slice(-2).filter(({ verb, state }) => verb === 'observe' && state === look.state);
  if (same.length === 2) acts.pop();
  acts.push(look);
}
