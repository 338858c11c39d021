/** Bodies of attest and appraise, requests for certificates in them, and archives of an import: all that stands between HTTP and the pipeline. */
import { sha256Hex } from '../../src/bytes/digest.js';
import { base64urlOf } from '../../src/bytes/encoding.js';
import { readArchive } from '../../src/endorsements/archive.js';
import { importEndorsements } from '../../src/endorsements/import.js';
import type { Call } from '../../src/http/route.js';
import { appraiseRequest, attestRequest } from '../../src/http/submission.js';
import { parseCertificationRequest, requireOwnSignature } from '../../src/pki/certification-request.js';
import { bindingDigest, jwkThumbprint, requirePublicJwk } from '../../src/rats/binding.js';
import type { EndorsementDocument, TrustAnchors } from '../../src/rats/endorsement.js';
import { outcomeOf } from '../../src/rats/outcome.js';
import type { JsonObject } from '../../src/rats/result.js';
import { anchorsOf, intelAnchorsOf, intelFiles } from '../../src/simulator/index.js';
import { SCHEMES } from '../../src/tee/registry.js';
import { createChallengeSeal } from '../../src/verifier/challenge.js';
import type { Tenant } from '../../src/verifier/ports.js';
import type { VerifierParts } from '../../src/verifier/service.js';
import { admitSubmission, openSubmission } from '../../src/verifier/submission.js';
import { TAR_END, tarEntry } from '../hostile/tar.js';
import { evidenceOf, makeKey } from '../http/guest.js';
import { mintRequest } from '../pki/miniature-request.js';
import { SIMULATED_AT, simulatedIntel, simulatedVendor } from '../simulated-vendor.js';
import { makeTlsKey } from '../tls-authority.js';
import { lineOf } from './document-formats.js';
import { type EvidenceSetting, judgeEvidence } from './evidence.js';
import type { Answer, Format, Setting, Sound } from './format.js';
import { guestOf, type SoundEvidence, tdOf } from './material.js';

const ISSUER = 'https://attest.example';
const AUDIENCE = 'vault';

function callOf(bytes: Uint8Array): Call {
  return { body: { mediaType: 'application/json', bytes }, query: {} } as unknown as Call;
}

/** What the use case asks of the world: a clock, a secret, one audience. */
function partsOf({ secret, at }: { readonly secret: Uint8Array; readonly at: Date }): VerifierParts {
  const audience = { name: AUDIENCE, keyBinding: 'required', workloads: '*' };
  const get = async (_tenant: string, name: string) => (name === AUDIENCE ? audience : null);
  const stores = { audiences: { get }, workloads: { get: async () => null } };
  return { challengeSecret: secret, clock: { now: () => at }, stores } as unknown as VerifierParts;
}

/** `type`, `certificates` and `workload` are wishes; what is bound to the challenge is all the rest. */
async function judgeAttest(bytes: Uint8Array, setting: Setting): Promise<Answer> {
  const given = setting as EvidenceSetting & { readonly secret: Uint8Array };
  const tenant = { name: 'default', issuer: ISSUER } as unknown as Tenant;
  const outcome = await outcomeOf(async () => {
    const request = attestRequest(callOf(bytes));
    const parts = partsOf(given);
    const submission = openSubmission(parts, tenant, request);
    await admitSubmission(parts, tenant, submission);
    return { request, submission };
  });
  if (!outcome.ok) return { accepted: false, code: outcome.refusal.code };
  const { request, submission } = outcome.value;
  const { evidence } = request;
  const answer = await judgeEvidence(evidence.bytes, {
    ...given,
    certificates: evidence.certificates,
    reportData: submission.expectedReportData,
  });
  if (!answer.accepted) return answer;
  const nonce = base64urlOf(submission.challenge.nonce);
  return {
    accepted: true,
    meaning: `${request.audience} ${nonce} ${submission.keyThumbprint} ${answer.meaning}`,
  };
}

/** `at`, `workload` and `policy` are the asker's own affair. */
async function judgeAppraise(bytes: Uint8Array, setting: Setting): Promise<Answer> {
  const outcome = await outcomeOf(() => appraiseRequest(callOf(bytes)));
  if (!outcome.ok) return { accepted: false, code: outcome.refusal.code };
  const { evidence, reportData } = outcome.value;
  const { certificates } = evidence;
  return judgeEvidence(evidence.bytes, { ...(setting as EvidenceSetting), certificates, reportData });
}

function bodyOf(body: JsonObject): Uint8Array {
  return new Uint8Array(Buffer.from(JSON.stringify(body), 'utf8'));
}

async function attestSound(
  name: string,
  mint: (reportData: Uint8Array) => Promise<SoundEvidence>,
): Promise<Sound> {
  const secret = new Uint8Array(32).fill(7);
  const nonce = new Uint8Array(32).fill(9);
  const expiresAt = new Date(SIMULATED_AT.getTime() + 300_000);
  const seal = createChallengeSeal(secret, ISSUER);
  const challenge = seal.seal({
    audience: AUDIENCE,
    binding: 'v1',
    nonce,
    rpNonce: 'relying-party',
    expiresAt,
  });
  const key = makeKey();
  const sig = jwkThumbprint(requirePublicJwk(key, 'sig'));
  const binding = { issuer: ISSUER, audience: AUDIENCE, nonce: base64urlOf(nonce), sig, enc: null };
  const { bytes, setting } = await mint(bindingDigest(binding));
  const evidence = evidenceOf({ evidence: bytes, certificates: setting.certificates });
  const body = { challenge, audience: AUDIENCE, evidence, keys: { sig: key } };
  return { name, bytes: bodyOf(body), setting: { ...setting, secret } };
}

function appraiseSound({ name, bytes, setting }: SoundEvidence): Sound {
  const evidence = evidenceOf({ evidence: bytes, certificates: setting.certificates });
  const report_data = Buffer.from(setting.reportData).toString('hex');
  return { name, bytes: bodyOf({ evidence, report_data, at: SIMULATED_AT.toISOString() }), setting };
}

const attest: Format = {
  name: 'attest-json',
  structure: 'json',
  places: [],
  sound: async () => [
    await attestSound('a guest', (reportData) => guestOf('a guest', { reportData })),
    await attestSound('a TD', (reportData) => tdOf('a TD', { reportData })),
  ],
  judge: judgeAttest,
};

const appraise: Format = {
  name: 'appraise-json',
  structure: 'json',
  places: [],
  sound: async () => [appraiseSound(await guestOf('a guest')), appraiseSound(await tdOf('a TD'))],
  judge: judgeAppraise,
};

/** Every document that is kept must be one of those that were in the sound archive. */
async function judgeArchive(bytes: Uint8Array, setting: Setting): Promise<Answer> {
  const { anchors } = setting as Setting & { readonly anchors: TrustAnchors };
  const kept: string[] = [];
  const keep = async (_realm: unknown, document: EndorsementDocument) => {
    kept.push(lineOf(document));
    return 'current' as const;
  };
  const outcome = await outcomeOf(async () =>
    importEndorsements(await readArchive(bytes), {
      schemes: SCHEMES,
      store: { keep },
      realm: 'simulated',
      anchors,
      track: 'standard',
      source: 'import',
      now: SIMULATED_AT,
    }),
  );
  if (!outcome.ok) return { accepted: false, code: outcome.refusal.code };
  const [rejected] = outcome.value.rejected;
  if (kept.length === 0) return { accepted: false, code: rejected?.code ?? 'nothing of a vendor in it' };
  return { accepted: true, meaning: kept.join('\n') };
}

const archive: Format = {
  name: 'tar',
  structure: 'tar',
  // Name, size, checksum, type and prefix of the first two headers.
  places: [0, 100, 124, 135, 148, 156, 157, 257, 345],
  async sound() {
    const [amd, intel] = [await simulatedVendor(), await simulatedIntel()];
    const anchors = {
      simulated: true,
      vendors: { ...anchorsOf(amd).vendors, ...intelAnchorsOf(intel).vendors },
    };
    const lists = [...amd.products].flatMap(([product, { crls }]) => [
      tarEntry(`${product}/vcek_crl.der`, crls.vcek.der),
      tarEntry(`${product}/vlek_crl.der`, crls.vlek.der),
    ]);
    const documents = (await intelFiles(intel, SIMULATED_AT)).slice(0, 6);
    const files = documents.map(({ path, bytes }) => tarEntry(path, bytes));
    const setting = { anchors };
    return [
      { name: 'lists of AMD', bytes: joined([...lists, TAR_END]), setting },
      { name: 'a directory of Intel', bytes: joined([...files, TAR_END]), setting },
    ];
  },
  judge: judgeArchive,
};

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** The signature is nobody's to read: another one over the same words is as good, where its owner made it. */
async function judgeCertification(bytes: Uint8Array): Promise<Answer> {
  const outcome = await outcomeOf(async () => {
    const request = parseCertificationRequest(bytes);
    await requireOwnSignature(request);
    return `${jwkThumbprint(request.publicJwk)} ${sha256Hex(request.signed)}`;
  });
  if (!outcome.ok) return { accepted: false, code: outcome.refusal.code };
  return { accepted: true, meaning: outcome.value };
}

const certification: Format = {
  name: 'csr-der',
  structure: 'der',
  places: [1, 2, 4],
  async sound() {
    const kinds = ['P-256', 'P-384', 'Ed25519'] as const;
    return kinds.map((kind) => {
      const bytes = new Uint8Array(mintRequest({ key: makeTlsKey(kind) }));
      return { name: `a request for ${kind}`, bytes, setting: {} };
    });
  },
  judge: judgeCertification,
};

export const REQUEST_FORMATS: readonly Format[] = [attest, appraise, archive, certification];
