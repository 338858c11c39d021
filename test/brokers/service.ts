/**
 * A service that programs by others reach over HTTP, and guests that take tokens from it. What it issues is good by the
 * machine's own clock, because these programs go by no other; vendors are therefore minted for today.
 */
import { generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { compactDecrypt } from 'jose';
import { bindingDigest, jwkThumbprint, requirePublicJwk } from '../../src/rats/binding.js';
import type { JsonObject } from '../../src/rats/result.js';
import {
  anchorsOf,
  intelAnchorsOf,
  intelFiles,
  mintGuest,
  mintIntel,
  mintTd,
  mintVendor,
} from '../../src/simulator/index.js';
import { evidenceOf, importInto, MEASUREMENT, referenceBody, TD, tdReferenceBody } from '../http/guest.js';
import { startTestService, tarOf } from '../http/service.js';

/** Names of what is registered: one workload on both TEEs, and another with a measurement of its own. */
export const WORKLOAD = 'llm-serving';
export const OTHER_WORKLOAD = 'llm-training';
export const OTHER_MEASUREMENT = Buffer.alloc(48, 0x5a);

export interface Attested {
  readonly status: number;
  /** The reply, or the problem. */
  readonly body: JsonObject;
  /** Empty where there is none. */
  readonly token: string;
  /** The private half of `keys.sig`. */
  readonly key: KeyObject;
}

export interface Attempt {
  readonly audience?: string;
  readonly measurement?: Uint8Array;
  readonly tee?: 'sev-snp' | 'tdx';
  /** Sends a key to encrypt to, as well. */
  readonly encryption?: true;
  /** Seconds from now at which all of it happens, by the service's clock. */
  readonly offset?: number;
}

/** A tenant of it, with the workloads. */
export interface Issuing {
  /** Of the tokens. */
  readonly issuer: string;
  readonly adminKey: string;
  /** A registering call of an operator under the issuer, which must succeed. */
  create(path: string, body: object): Promise<void>;
  /** From challenge to token, with a new key. */
  attest(attempt?: Attempt): Promise<Attested>;
}

/** Itself the tenant `simulated`. */
export interface RunningService extends Issuing {
  /** Of the built-in tenant, where nothing is registered. */
  readonly genuineIssuer: string;
  /** Makes another tenant, as whoever runs the service does. */
  tenant(name: string): Promise<Issuing>;
  close(): Promise<void>;
}

/** With the workloads; audiences are a broker's. */
export async function startRunningService(): Promise<RunningService> {
  const now = (): Date => new Date();
  const [amd, intel] = await Promise.all([
    mintVendor({ at: now(), rsaBits: 2048 }),
    mintIntel({ at: now() }),
  ]);
  // The port is taken before the issuer is named by it, and kept.
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const genuineIssuer = `http://127.0.0.1:${port}`;
  const vendors = { ...anchorsOf(amd).vendors, ...intelAnchorsOf(intel).vendors };
  const service = await startTestService(
    { ASSAY_ISSUER: genuineIssuer },
    { simulatedAnchors: { simulated: true, vendors }, genuineAnchors: { simulated: true, vendors } },
  );
  service.clock.set(now());
  server.on('request', service.app);

  for (const archive of [
    tarOf({ 'vcek_crl.der': required(amd.products.get('Milan')).crls.vcek.der }),
    tarOf(Object.fromEntries((await intelFiles(intel, now())).map(({ path, bytes }) => [path, bytes]))),
  ]) {
    for (const under of ['', '/simulated']) {
      const { body } = await importInto(service, await archive, '', under).expect(200);
      if (body.rejected.length > 0) throw new Error(`rejected: ${JSON.stringify(body.rejected)}`);
    }
  }

  async function evidence(
    { tee = 'sev-snp', measurement = MEASUREMENT }: Attempt,
    reportData: Uint8Array,
    at: Date,
  ) {
    if (tee === 'sev-snp') return evidenceOf(await mintGuest(amd, { at, measurement, reportData }));
    const rtmrs = [undefined, TD.rtmr1, TD.rtmr2] as const;
    return evidenceOf(await mintTd(intel, { at, mrTd: TD.mrtd, rtmrs, reportData }));
  }

  async function issuing(under: string, adminKey: string): Promise<Issuing> {
    const issuer = `${genuineIssuer}${under}`;
    const create = async (path: string, body: object): Promise<void> => {
      service.clock.set(now());
      await service.post(`${under}${path}`, body, adminKey).expect(201);
    };
    await create('/v1/workloads', { name: WORKLOAD });
    await create(`/v1/workloads/${WORKLOAD}/reference-values`, referenceBody());
    await create(`/v1/workloads/${WORKLOAD}/reference-values`, tdReferenceBody());
    await create('/v1/workloads', { name: OTHER_WORKLOAD });
    await create(`/v1/workloads/${OTHER_WORKLOAD}/reference-values`, referenceBody(OTHER_MEASUREMENT));
    return {
      ...{ issuer, adminKey, create },
      async attest(attempt = {}) {
        const { audience = 'vault-prod', offset = 0 } = attempt;
        const at = new Date(Date.now() + offset * 1000);
        service.clock.set(at);
        const { body: sealed } = await service.post(`${under}/v1/challenges`, { audience }).expect(201);
        const { jwk: sig, privateKey } = makeKeyPair();
        const decryption = attempt.encryption === undefined ? null : makeKeyPair();
        const enc = decryption === null ? null : decryption.jwk;
        const reportData = bindingDigest({
          issuer,
          audience,
          nonce: sealed.nonce,
          sig: jwkThumbprint(requirePublicJwk(sig, 'sig')),
          enc: enc === null ? null : jwkThumbprint(requirePublicJwk(enc, 'enc')),
        });
        const reply = await service.post(`${under}/v1/attest`, {
          challenge: sealed.challenge,
          audience,
          evidence: await evidence(attempt, reportData, at),
          keys: { sig, ...(enc === null ? {} : { enc }) },
        });
        service.clock.set(now());
        const token = await opened(reply.body, decryption?.privateKey ?? null);
        return { status: reply.status, body: reply.body, token, key: privateKey };
      },
    };
  }

  return {
    genuineIssuer,
    ...(await issuing('/simulated', service.adminKey)),
    async tenant(name) {
      const { body } = await service.post('/v1/tenants', { name }, service.adminKey).expect(201);
      return issuing(`/t/${name}`, body.admin_key.key);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await service.close();
    },
  };
}

/** The signed token, out of what it came encrypted in where the attester sent a key for that. */
async function opened({ token = '', token_format }: JsonObject, key: KeyObject | null): Promise<string> {
  if (token_format !== 'jwe' || key === null) return String(token);
  const { plaintext } = await compactDecrypt(String(token), key);
  return Buffer.from(plaintext).toString('ascii');
}

function makeKeyPair(): { readonly jwk: JsonObject; readonly privateKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { kty = '', crv = '', x = '', y = '' }: JsonWebKey = publicKey.export({ format: 'jwk' });
  return { jwk: { kty, crv, x, y }, privateKey };
}

function required<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('the simulated AMD makes this line');
  return value;
}
