/** What a request asks a look-alike for, and which behaviours concern it. */
import type { Where } from './behaviour.js';
import { type KdsRequest, readKdsRequest } from './kds.js';
import { type PcsRequest, readPcsRequest } from './pcs.js';
import { type Declined, isDeclined } from './reply.js';

/** One of `kds`, `pcs` and `declined` is there. */
export interface Asked {
  /** With its query. */
  readonly path: string;
  /** Null: a path of neither. */
  readonly service: 'kds' | 'pcs' | null;
  readonly kds: KdsRequest | null;
  readonly pcs: PcsRequest | null;
  readonly declined: Declined | null;
  /** True where a redirect led. */
  readonly moved: boolean;
}

/** Where redirects lead: the same documents again, under another name of the machine. */
export const MOVED = '/moved';

const BASE = 'http://simulated.invalid';
const NOTHING: Declined = { status: 404, why: 'there is nothing of that name' };

/** `target`: of the request line. What is no path is one that nothing is at. */
export function readAsked(target: string): Asked {
  const moved = target.startsWith(`${MOVED}/`);
  const text = BASE + (moved ? target.slice(MOVED.length) : target);
  const url = URL.canParse(text) ? new URL(text) : new URL(BASE);
  const found = { path: `${url.pathname}${url.search}`, moved, kds: null, pcs: null, declined: null };
  const kds = readKdsRequest(url);
  if (kds !== null) return { ...found, service: 'kds', ...(isDeclined(kds) ? { declined: kds } : { kds }) };
  const pcs = readPcsRequest(url);
  if (pcs !== null) return { ...found, service: 'pcs', ...(isDeclined(pcs) ? { declined: pcs } : { pcs }) };
  return { ...found, service: null, declined: NOTHING };
}

/** True for the certificate of a chip, which AMD rations. */
export function isVcek({ kds }: Pick<Asked, 'kds'>): boolean {
  return kds?.kind === 'vcek';
}

export function concerns(where: Where, asked: Asked): boolean {
  if (where === 'all') return true;
  if (where === 'vcek') return isVcek(asked);
  return where === 'kds' || where === 'pcs' ? asked.service === where : asked.path.startsWith(where);
}
