/**
 * configfs-tsm in memory: every write raises the generation, and evidence is made when it is read, over whatever report
 * data is there by then (Linux, Documentation/ABI/testing/configfs-tsm-report).
 */
import type { TsmFolder } from '../../src/agent/tsm-folder.js';
import { guestWith, tdWith } from '../http/guest.js';

export interface Blobs {
  readonly outblob: Uint8Array;
  readonly auxblob: Uint8Array;
}

export interface FakeTsmOptions {
  readonly provider: string;
  /** What the processor signs for 64 bytes of report data. */
  readonly sign: (reportData: Uint8Array) => Promise<Blobs>;
  /** Before each operation, `read outblob` say, with the number of the request: throws what the kernel would. */
  readonly before?: (operation: string, request: number, folder: OpenRequest) => void;
  /** Null: this kernel has no privilege levels. */
  readonly floor?: number | null;
}

/** What somebody else can do to a request. */
export interface OpenRequest {
  write(attribute: 'inblob' | 'privlevel', bytes: Uint8Array): void;
}

export interface FakeTsm extends TsmFolder {
  /** Operations so far, `write inblob` say. */
  readonly operations: readonly string[];
  /** Report data that evidence was made over, hex. */
  readonly signed: readonly string[];
  /** Folders that are still there. */
  leftBehind(): readonly string[];
}

const REPORT_LENGTH = 1184;

export async function snpBlobs(
  reportData: Uint8Array,
  options: Parameters<typeof guestWith>[1] = {},
): Promise<Blobs> {
  const { evidence } = await guestWith(reportData, { envelope: 'extended', ...options });
  return { outblob: evidence.subarray(0, REPORT_LENGTH), auxblob: evidence.subarray(REPORT_LENGTH) };
}

export const SNP: FakeTsmOptions = { provider: 'sev_guest', sign: (reportData) => snpBlobs(reportData) };
export const TDX: FakeTsmOptions = {
  provider: 'tdx_guest',
  sign: async (reportData) => ({ outblob: (await tdWith(reportData)).evidence, auxblob: new Uint8Array() }),
};

export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: as the kernel says it`), { code });
}

interface State {
  readonly attributes: Map<string, Uint8Array>;
  generation: number;
  /** Made once for each generation. */
  made: { readonly generation: number; readonly blobs: Blobs } | null;
}

export function fakeTsm(options: FakeTsmOptions): FakeTsm {
  const { provider, sign, before, floor = provider === 'sev_guest' ? 1 : null } = options;
  const folders = new Map<string, State>();
  const operations: string[] = [];
  const signed: string[] = [];
  let request = 0;

  const put = (state: State, attribute: string, bytes: Uint8Array): void => {
    state.attributes.set(attribute, Uint8Array.from(bytes));
    state.generation += 1;
  };

  const find = (name: string): State => {
    const state = folders.get(name);
    if (state === undefined) throw systemError('ENOENT');
    return state;
  };

  const begin = (operation: string, state?: State): void => {
    operations.push(operation);
    before?.(operation, request, { write: (attribute, bytes) => state && put(state, attribute, bytes) });
  };

  async function evidence(state: State): Promise<Blobs> {
    const reportData = state.attributes.get('inblob');
    if (reportData?.length !== 64) throw systemError('EINVAL');
    if (state.made?.generation === state.generation) return state.made.blobs;
    const { generation } = state;
    signed.push(Buffer.from(reportData).toString('hex'));
    const blobs = await sign(reportData);
    state.made = { generation, blobs };
    return blobs;
  }

  return {
    operations,
    signed,
    leftBehind: () => [...folders.keys()],
    async make(name) {
      request += 1;
      begin('make');
      if (folders.has(name)) throw systemError('EEXIST');
      folders.set(name, { attributes: new Map(), generation: 0, made: null });
    },
    async read(name, attribute) {
      const state = find(name);
      begin(`read ${attribute}`, state);
      if (attribute === 'provider') return Buffer.from(`${provider}\n`);
      if (attribute === 'generation') return Buffer.from(`${state.generation}\n`);
      if (attribute === 'privlevel_floor' && floor !== null) return Buffer.from(`${floor}\n`);
      if (attribute === 'outblob') return (await evidence(state)).outblob;
      if (attribute === 'auxblob' && provider === 'sev_guest') return (await evidence(state)).auxblob;
      throw systemError('ENOENT');
    },
    async write(name, attribute, bytes) {
      const state = find(name);
      begin(`write ${attribute}`, state);
      if (attribute === 'privlevel' && floor === null) throw systemError('ENOENT');
      if (attribute !== 'inblob' && attribute !== 'privlevel') throw systemError('EACCES');
      put(state, attribute, bytes);
    },
    async remove(name) {
      begin('remove');
      if (!folders.delete(name)) throw systemError('ENOENT');
    },
  };
}
