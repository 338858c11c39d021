/** The modules of the example, which is JavaScript, with the types that tests need. */
import type { FileHandle } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { JWK } from 'jose';
import type { ReplayStore, VerifiedToken } from '../../../src/client/index.js';

/** From the built test: build/test/examples/key-broker. */
export const EXAMPLE = new URL('../../../../examples/key-broker/', import.meta.url);

export type Json = Readonly<Record<string, unknown>>;
export type Policy = Json & { readonly digest: string };
export type Keys = ReadonlyMap<string, { readonly policy: Policy; readonly jwk: JWK }>;
type Pieces = AsyncIterable<Buffer> | Iterable<Buffer>;
export type Sealing = { readonly dataKey: Uint8Array; readonly name: string };

export interface Audit {
  append(facts: Json): Promise<string>;
  close(): Promise<void>;
}

export interface Releaser {
  use?(keys: Keys): void;
  release(request: object): Promise<string>;
}

interface Modules {
  readonly audit: {
    readonly AuditUnavailable: new () => Error;
    openAudit(path: string, now?: () => Date): Promise<Audit>;
    readChain(
      handle: FileHandle,
      options?: { readonly contains?: string },
    ): Promise<{ readonly entries: number; readonly head: string; readonly sound: number }>;
  };
  readonly broker: {
    createBroker(options: {
      readonly url: string;
      readonly releaser: Releaser;
      readonly log: (note: Json) => void;
    }): Server & { readonly unrecorded: ReadonlyMap<string, number> };
  };
  readonly 'key-store': {
    createStore(folder: string): Promise<void>;
    addKey(folder: string, name: string | undefined, policy: Uint8Array): Promise<string>;
    loadKeys(folder: string, unfinished?: (name: string) => void): Promise<Keys>;
  };
  readonly policy: {
    parsePolicy(bytes: Uint8Array): Policy;
    objectionOf(policy: Policy, token: VerifiedToken, at: Date): readonly [string, string] | null;
  };
  readonly progress: {
    createProgress(size: number): {
      follow(pieces: Pieces): AsyncIterable<Buffer>;
      finish(): { readonly megabytes: number; readonly rate: number; readonly grown: number };
    };
  };
  readonly release: {
    createReleaser(options: {
      readonly keys: Keys;
      readonly audit: Audit;
      readonly replayStore: ReplayStore;
      readonly log: (note: Json) => void;
      readonly now?: () => Date;
    }): Required<Releaser>;
  };
  readonly streaming: {
    readonly NotAuthentic: new () => Error;
    sealStream(source: Pieces, options: Sealing): AsyncIterable<Buffer>;
    openStream(source: Pieces, options: Sealing): AsyncIterable<Buffer>;
    writeStream(source: string, target: string, changed: (pieces: Pieces) => Pieces): Promise<void>;
  };
  readonly workload: {
    requestDataKey(options: {
      readonly broker: string;
      readonly name: string;
      readonly prove: (target: {
        readonly method: string;
        readonly url: string;
      }) => Promise<{ readonly token: string; readonly proof: string }>;
    }): Promise<Buffer>;
  };
}

export async function load<Name extends keyof Modules>(name: Name): Promise<Modules[Name]> {
  return (await import(new URL(`${name}.mjs`, EXAMPLE).href)) as Modules[Name];
}
