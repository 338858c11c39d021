// What all parts of one run share: where the service is, whether it is up, what may be answered at the moment.
import { createHistory } from './history.mjs';

/** `issuer`: of the simulated tenant, at which it is also reached. */
export function createWorld({ at, dice }) {
  const history = createHistory();
  let open = Promise.resolve();
  let release = () => {};
  const world = {
    at,
    issuer: `${at}/simulated`,
    dice,
    history,
    /** Filled in once the first service is ready. */
    key: null,
    jwks: null,
    /** True from before PostgreSQL goes until whatever was sent meanwhile has been answered. */
    outage: false,
    /** While somebody looks around: a service that is asked by guests alone would never be done being looked at. */
    calm: false,
    /** Resolves while the service is there to be asked. */
    up: () => open,
    opened() {
      release();
    },
    closed() {
      open = new Promise((resolve) => {
        release = resolve;
      });
    },
    /** The one refusal that a database's restart may bring, complete as a client needs it. */
    excuses: ({ status, body, retryAfter }) =>
      world.outage && status === 503 && body.code === 'database_unavailable' && Number(retryAfter) > 0,
    /** For requests that are not judged one by one: no answer at all is fine, any other is a surprise. */
    expectNothingElse(what, answer) {
      if (answer.status === null || world.excuses(answer)) return;
      history.surprises.push({
        rule: 'unexpected_answer',
        what,
        said: `${answer.status} ${answer.body.code}`,
      });
    },
  };
  return world;
}
