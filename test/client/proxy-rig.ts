/** A proxy between a test and a broker, with a holder of a good token, and a line to write to by hand. */
import { once } from 'node:events';
import { connect } from 'node:net';
import {
  createReplayMemory,
  createTokenVerifier,
  type TokenVerifierOptions,
} from '../../src/client/index.js';
import { PROXY_LIMITS, type ProxyLimits } from '../../src/client/proxy/limits.js';
import { type ProxyLogFields, startProxy } from '../../src/client/proxy/proxy.js';
import { startBroker, type TestBroker } from './broker.js';
import { makeHolder, proofBy, type SampleHolder } from './sample-holder.js';
import {
  type Changes,
  makeSampleIssuer,
  SAMPLE_AT,
  SAMPLE_AUDIENCE,
  SAMPLE_ISSUER,
  SAMPLE_START,
  type SampleIssuer,
  sampleClaims,
} from './sample-issuer.js';

export interface ProxyRig {
  readonly broker: TestBroker;
  readonly issuer: SampleIssuer;
  readonly holder: SampleHolder;
  readonly token: string;
  /** Where the proxy listens. */
  readonly url: string;
  /** Messages and fields of the log, as one text each. */
  readonly log: string[];
  prove(method: string, path: string, changes?: Changes, by?: SampleHolder): Promise<string>;
  /** A request with a proof of its own. */
  send(method: string, path: string, init?: RequestInit): Promise<Response>;
  /** Bytes as they are, and everything that comes until the proxy hangs up. */
  wire(text: string | Buffer): Promise<string>;
  /** Header lines of a good request, for `wire`. */
  credentials(method: string, path: string): Promise<string>;
  close(): Promise<void>;
}

export interface RigOptions {
  readonly upstream?: string;
  readonly publicUrl?: string;
  readonly limits?: Partial<ProxyLimits>;
  readonly verifier?: Partial<TokenVerifierOptions>;
}

export async function startRig(options: RigOptions = {}): Promise<ProxyRig> {
  const [broker, issuer, holder] = await Promise.all([startBroker(), makeSampleIssuer(), makeHolder()]);
  const log: string[] = [];
  const note = (fields: ProxyLogFields, message: string) =>
    void log.push(`${message} ${JSON.stringify(fields)}`);
  const { publicUrl = null, upstream = broker.url, limits = {} } = options;
  const proxy = await startProxy({
    verifier: createTokenVerifier({
      ...{ issuer: SAMPLE_ISSUER, audience: SAMPLE_AUDIENCE, fetch: issuer.fetch, now: () => SAMPLE_AT },
      replayStore: createReplayMemory(SAMPLE_START),
      ...options.verifier,
    }),
    ...{ upstream, publicUrl, listen: { host: '127.0.0.1', port: 0 } },
    log: { info: note, error: note },
    limits: { ...PROXY_LIMITS, ...limits },
  });
  const token = await issuer.token(sampleClaims(holder.jkt));
  const seen = publicUrl ?? proxy.url;
  const prove = (method: string, path: string, changes: Changes = {}, by: SampleHolder = holder) =>
    proofBy(by, { token, method, url: `${seen}${path.split('?')[0]}`, at: SAMPLE_AT }, changes);
  return {
    ...{ broker, issuer, holder, token, url: proxy.url, log, prove },
    async send(method, path, init = {}) {
      const headers = new Headers(init.headers);
      headers.set('authorization', `DPoP ${token}`);
      headers.set('dpop', await prove(method, path));
      return fetch(`${proxy.url}${path}`, { ...init, method, headers });
    },
    wire: (text) => exchange(Number(new URL(proxy.url).port), text),
    credentials: async (method, path) =>
      `Authorization: DPoP ${token}\r\nDPoP: ${await prove(method, path)}\r\n`,
    async close() {
      await proxy.close();
      await broker.close();
    },
  };
}

async function exchange(port: number, text: string | Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  // A connection that is reset has said what it says.
  socket.on('error', () => {});
  socket.write(text);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}
