/**
 * Evidence from Linux’s configfs-tsm. Every write to a request raises its `generation`; one that was raised by more
 * than our own writes belongs to report data of somebody else. Source: Linux,
 * Documentation/ABI/testing/configfs-tsm-report.
 */
import { randomBytes } from 'node:crypto';
import { systemCodeOf } from '../platform/file-access.js';
import { pauseBefore } from './backoff.js';
import { failUsage, TryAgain } from './ending.js';
import type { AgentLog } from './log.js';
import type { TsmFolder } from './tsm-folder.js';
import type { AgentWorld } from './world.js';

/** The kernel’s names of who makes the evidence, and the wire names of what comes out. */
const TYPES = { sev_guest: 'sev-snp', tdx_guest: 'tdx' } as const;

export type Provider = keyof typeof TYPES;

export interface Evidence {
  readonly provider: Provider;
  readonly type: (typeof TYPES)[Provider];
  /** A report and the certificate table behind it, or a quote. */
  readonly bytes: Uint8Array;
  /** The report without its table, which is the host's word; null: `bytes` has none. */
  readonly bare: Uint8Array | null;
}

/** Requests for one challenge; a busy processor or quoting service is soon free again. */
const REQUESTS = 5;
/** What the service reads at most. */
const LARGEST = 128 * 1024;
/** Milliseconds before the second request, doubled before each further one. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 2_000;

/** Of the kernel and the host behind it, these pass. */
const PASSING: ReadonlySet<string> = new Set(['EBUSY', 'EINTR', 'EAGAIN', 'ETIMEDOUT', 'EIO']);

/** Somebody else wrote to our request. */
class Moved extends Error {
  override readonly name = 'Moved';
}

interface Surroundings {
  readonly world: Pick<AgentWorld, 'sleep' | 'random'>;
  readonly log: AgentLog;
}

/**
 * Evidence over 64 bytes of report data. Throws TryAgain when the kernel stays busy or others keep writing, and
 * AgentFailed when this machine has no evidence to give.
 */
export async function readEvidence(
  tsm: TsmFolder,
  reportData: Uint8Array,
  { world, log }: Surroundings,
): Promise<Evidence> {
  for (let request = 1; ; request += 1) {
    try {
      return await requestOnce(tsm, reportData, log);
    } catch (error) {
      const reason = passingReason(error);
      if (reason === null) throw error;
      if (request === REQUESTS) throw new TryAgain(`configfs-tsm gives no evidence: ${reason}`);
      log.warn('another request for evidence', { reason, request });
      await world.sleep(pauseBefore(request, world.random(), { first: FIRST_PAUSE, longest: LONGEST_PAUSE }));
    }
  }
}

/** Why it may pass; null when it does not. */
function passingReason(error: unknown): string | null {
  if (error instanceof Moved) return error.message;
  const code = systemCodeOf(error);
  return code !== null && PASSING.has(code) ? code : null;
}

async function requestOnce(tsm: TsmFolder, reportData: Uint8Array, log: AgentLog): Promise<Evidence> {
  const name = `assay-${randomBytes(8).toString('hex')}`;
  await inWords(tsm.make(name).catch(absentAsTryAgain), {
    EACCES: 'configfs-tsm takes no request from this user: run the agent as root',
    EPERM: 'configfs-tsm takes no request from this user: run the agent as root',
  });
  try {
    return await fulfil(tsm, name, reportData, log);
  } finally {
    await tsm.remove(name).catch((error: unknown) => {
      log.warn('a request is left behind in configfs-tsm', { request: name, reason: codeOf(error) });
    });
  }
}

async function fulfil(
  tsm: TsmFolder,
  name: string,
  reportData: Uint8Array,
  log: AgentLog,
): Promise<Evidence> {
  const provider = await readText(tsm, name, 'provider');
  if (!isProvider(provider)) {
    failUsage(`the provider of configfs-tsm is ${JSON.stringify(provider)}, not sev_guest or tdx_guest`);
  }
  let generation = await readNumber(tsm, name, 'generation');
  if (provider === 'sev_guest') generation += await askForPrivilege(tsm, name);
  await inWords(tsm.write(name, 'inblob', reportData), {}, 'configfs-tsm takes no report data');
  generation += 1;
  const outblob = await inWords(tsm.read(name, 'outblob'), {}, 'configfs-tsm gives no evidence');
  const auxblob = provider === 'sev_guest' ? await readCertificates(tsm, name, log) : new Uint8Array();
  const now = await readNumber(tsm, name, 'generation');
  if (now !== generation) throw new Moved(`its generation is ${now}, not ${generation}`);
  if (outblob.length === 0) failUsage('configfs-tsm gives evidence of no bytes');
  if (outblob.length > LARGEST)
    failUsage(`configfs-tsm gives ${outblob.length} bytes of evidence, more than any has`);
  const type = TYPES[provider];
  const bare = Uint8Array.from(outblob);
  if (auxblob.length === 0) return { provider, type, bytes: bare, bare: null };
  if (outblob.length + auxblob.length > LARGEST) {
    log.warn('the certificates of the host are longer than any are, and left out', { bytes: auxblob.length });
    return { provider, type, bytes: bare, bare: null };
  }
  return { provider, type, bytes: Uint8Array.from(Buffer.concat([outblob, auxblob])), bare };
}

function isProvider(text: string): text is Provider {
  return Object.hasOwn(TYPES, text);
}

/** The most privileged level that this guest may name, where it may name one. Returns the number of writes. */
async function askForPrivilege(tsm: TsmFolder, name: string): Promise<0 | 1> {
  const floor = await tsm.read(name, 'privlevel_floor').catch(absentAsNull);
  if (floor === null) return 0;
  const level = numberOf(floor) ?? failUsage('configfs-tsm names no number as privlevel_floor');
  const text = Buffer.from(String(level), 'latin1');
  await inWords(tsm.write(name, 'privlevel', text), {}, `configfs-tsm refuses the privilege level ${level}`);
  return 1;
}

/** What the host hands out beside a report. Without it the service looks elsewhere. */
async function readCertificates(tsm: TsmFolder, name: string, log: AgentLog): Promise<Uint8Array> {
  try {
    return await tsm.read(name, 'auxblob');
  } catch (error) {
    if (passingReason(error) !== null) throw error;
    log.warn('the host hands out no certificates; the service needs them from elsewhere', {
      reason: codeOf(error),
    });
    return new Uint8Array();
  }
}

async function readText(tsm: TsmFolder, name: string, attribute: string): Promise<string> {
  const bytes = await inWords(tsm.read(name, attribute), {}, `configfs-tsm has no ${attribute}`);
  return Buffer.from(bytes).toString('latin1').replace(/\n$/u, '');
}

async function readNumber(tsm: TsmFolder, name: string, attribute: string): Promise<number> {
  const bytes = await inWords(tsm.read(name, attribute), {}, `configfs-tsm has no ${attribute}`);
  return numberOf(bytes) ?? failUsage(`configfs-tsm names no number as ${attribute}`);
}

function numberOf(bytes: Uint8Array): number | null {
  const text = Buffer.from(bytes).toString('latin1');
  return /^\d{1,15}\n?$/u.test(text) ? Number(text) : null;
}

/** At boot the folder comes when its driver does. */
function absentAsTryAgain(error: unknown): never {
  if (systemCodeOf(error) !== 'ENOENT') throw error;
  throw new TryAgain(
    'there is no configfs-tsm: this is no confidential guest, or configfs or its driver is missing',
  );
}

function absentAsNull(error: unknown): null {
  if (systemCodeOf(error) === 'ENOENT') return null;
  throw error;
}

/** What the system says and does not pass ends the agent: in the words for its code, else in `otherwise` with the code. */
async function inWords<T>(
  work: Promise<T>,
  words: Readonly<Record<string, string>>,
  otherwise = 'configfs-tsm takes no request',
): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (passingReason(error) !== null || systemCodeOf(error) === null) throw error;
    return failUsage(words[codeOf(error)] ?? `${otherwise}: ${codeOf(error)}`);
  }
}

function codeOf(error: unknown): string {
  return systemCodeOf(error) ?? 'no code';
}
