/** The services that refusals are provoked in, and the two requests of a provocation: one thing apart. */
import type supertest from 'supertest';
import type { JsonObject } from '../../src/rats/result.js';
import type { GuestOptions } from '../../src/simulator/index.js';
import { attestBody, bound, evidenceOf, guestWith, makeKey, prepare, takeChallenge } from '../http/guest.js';
import { startTestService, type TestService } from '../http/service.js';

export const ATTEST = '/simulated/v1/attest';
export const CHALLENGES = '/simulated/v1/challenges';

/** What was answered to a request, and to the same request but for the one thing that is wrong with it. */
export interface Exchange {
  readonly refused: supertest.Response;
  readonly accepted: supertest.Response;
}

export interface Stage {
  /** With vendor documents, a workload and audiences. */
  readonly service: TestService;
  /** The same without vendor documents. */
  readonly empty: TestService;
  /** One request a second of each address. */
  readonly limited: TestService;
}

/** Milliseconds for three services to start and one to be prepared, on a machine that has other things to do. */
export const OPENING = 180_000;

export async function openStage(): Promise<Stage> {
  const [service, empty, limited] = await Promise.all([
    startTestService(),
    startTestService(),
    startTestService({ ASSAY_RATE_LIMIT: '1' }),
  ]);
  await prepare(service);
  return { service, empty, limited };
}

export async function closeStage({ service, empty, limited }: Stage): Promise<void> {
  await Promise.all([service.close(), empty.close(), limited.close()]);
}

/** The unchanged one is sent second, so that whatever was refused has spent nothing. */
export async function inTurn(
  refused: () => PromiseLike<supertest.Response>,
  accepted: () => PromiseLike<supertest.Response>,
): Promise<Exchange> {
  return { refused: await refused(), accepted: await accepted() };
}

/** One good attest body, sent changed and then as it is. */
export async function changedAttest(
  { service }: Stage,
  change: (body: JsonObject) => JsonObject,
): Promise<Exchange> {
  const body = await attestBody(service);
  return inTurn(
    () => service.post(ATTEST, change(body)),
    () => service.post(ATTEST, body),
  );
}

/** The same for one member of `evidence.cpu`. */
export function changedEvidence(stage: Stage, change: (cpu: JsonObject) => JsonObject): Promise<Exchange> {
  return changedAttest(stage, (body) => {
    const { cpu } = body.evidence as { cpu: JsonObject };
    return { ...body, evidence: { cpu: { ...cpu, ...change(cpu) } } };
  });
}

/** A body of the audience, of a guest with the measurement. */
export async function attestFor(
  { service }: Stage,
  audience: string,
  measurement: Uint8Array,
  options: Partial<GuestOptions> = {},
): Promise<supertest.Response> {
  const sealed = await takeChallenge(service, { audience });
  const key = makeKey();
  const guest = await guestWith(bound(sealed, key, audience), { ...options, measurement });
  const body = { challenge: sealed.challenge, audience, evidence: evidenceOf(guest), keys: { sig: key } };
  return service.post(ATTEST, body);
}

/** As the administrator of the simulated tenant. */
export function administer({ service }: Stage, path: string, body: object): supertest.Test {
  return service.post(`/simulated/v1${path}`, body, service.adminKey);
}

/** Text sent as JSON, exactly. */
export function sendText({ service }: Stage, path: string, text: string): supertest.Test {
  return service.post(path).set('Content-Type', 'application/json').send(text);
}

/** With the service's clock so many seconds from now. */
export async function later<Reply>(
  { service }: Stage,
  seconds: number,
  work: () => PromiseLike<Reply>,
): Promise<Reply> {
  service.clock.advance(seconds);
  try {
    return await work();
  } finally {
    service.clock.advance(-seconds);
  }
}
