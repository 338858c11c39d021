/** Vendor documents, through the verification that an import does. */
import { sha256Hex } from '../../src/bytes/digest.js';
import { sliceJsonObject } from '../../src/bytes/json.js';
import type { EndorsementDocument, TrustAnchors } from '../../src/rats/endorsement.js';
import { outcomeOf } from '../../src/rats/outcome.js';
import { anchorsOf, intelAnchorsOf, intelFiles } from '../../src/simulator/index.js';
import { SCHEMES } from '../../src/tee/registry.js';
import { SIMULATED_AT, simulatedIntel, simulatedVendor } from '../simulated-vendor.js';
import { type EvidenceSetting, judgeEvidence } from './evidence.js';
import type { Answer, Format, Setting, Sound } from './format.js';
import { guestOf } from './material.js';

interface FileSetting extends Setting {
  readonly file: string;
  readonly anchors: TrustAnchors;
  /** What lies in the same directory, by name. */
  readonly beside: Readonly<Record<string, Uint8Array>>;
}

/**
 * Of TCB info and QE identity Intel signs one member; space around it and the order of the two members are nobody's, and
 * are kept as they came. AMD's lists for VCEKs and for VLEKs are told apart by the file that they come in alone: one key
 * signs both, and nothing in them says which is which. Everything else counts to the last octet.
 */
export function lineOf({ kind, subject, bytes, sequence, issuedAt }: EndorsementDocument): string {
  const isJson = kind === 'tdx-tcb-info' || kind === 'tdx-qe-identity';
  const { slices } = isJson ? sliceJsonObject(bytes) : { slices: new Map<string, Uint8Array>() };
  const signed = slices.get('tcbInfo') ?? slices.get('enclaveIdentity') ?? bytes;
  return `${kind.replace(/^snp-v[cl]ek-crl$/, 'snp-crl')} ${subject} ${sha256Hex(signed)} ${sequence} ${issuedAt.toISOString()}`;
}

async function judgeFile(bytes: Uint8Array, setting: Setting): Promise<Answer> {
  const { file, anchors, beside } = setting as FileSetting;
  const scheme = SCHEMES.find(({ endorsementFiles }) => endorsementFiles.includes(file));
  if (scheme === undefined) throw new TypeError(`no scheme reads ${file}`);
  const context = { anchors, track: 'standard', beside: (name: string) => beside[name] ?? null } as const;
  const outcome = await outcomeOf(() => scheme.readEndorsement(file, bytes, context));
  if (!outcome.ok) return { accepted: false, code: outcome.refusal.code };
  return { accepted: true, meaning: outcome.value.map(lineOf).join('\n') };
}

/** A certificate file, or a leaf beside the report that it vouches for. */
async function judgeCertificates(bytes: Uint8Array, setting: Setting): Promise<Answer> {
  if ('file' in setting) return judgeFile(bytes, setting);
  const { report, ...given } = setting as EvidenceSetting & { readonly report: Uint8Array };
  return judgeEvidence(report, { ...given, certificates: [bytes, ...given.certificates] });
}

async function amdFile(name: string, file: string, bytes: Uint8Array): Promise<Sound> {
  const setting: FileSetting = { file, anchors: anchorsOf(await simulatedVendor()), beside: {} };
  return { name, bytes, setting };
}

/** A file of the first directory that the miniature Intel publishes, with its neighbours. */
async function intelFile(
  file: string,
  change: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes,
): Promise<Sound> {
  const intel = await simulatedIntel();
  const files = await intelFiles(intel, SIMULATED_AT);
  const directory = files[0]?.path.replace(/[^/]+$/, '') ?? '';
  const own = files.filter(({ path }) => path.startsWith(directory));
  const beside = Object.fromEntries(own.map(({ path, bytes }) => [path.slice(directory.length), bytes]));
  const bytes = beside[file];
  if (bytes === undefined) throw new TypeError(`the simulated Intel has no ${file}`);
  return { name: file, bytes: change(bytes), setting: { file, anchors: intelAnchorsOf(intel), beside } };
}

const firstOfPem = (pem: Uint8Array): Uint8Array =>
  new Uint8Array(Buffer.from(Buffer.from(pem).toString('latin1').split('-----')[2] ?? '', 'base64'));

const certificateDer: Format = {
  name: 'certificate-der',
  structure: 'der',
  places: [1, 2, 5, 6],
  async sound() {
    const { guest, setting } = await guestOf('a guest');
    const vlek = await guestOf('a guest of a cloud', { signingKey: 'VLEK' });
    const [leaf = new Uint8Array(), ...authorities] = guest.certificates;
    return [
      await amdFile('a VCEK', 'vcek.der', leaf),
      await amdFile('a VLEK', 'vlek.der', vlek.guest.leafDer ?? new Uint8Array()),
      await amdFile('an ASK', 'chain.pem', guest.caDer),
      await intelFile('pck_crl_issuer_chain.pem', firstOfPem),
      await intelFile('tcb_signing_chain.pem', firstOfPem),
      {
        name: 'a VCEK beside its report',
        bytes: leaf,
        setting: { ...setting, certificates: authorities, report: guest.report },
      },
    ];
  },
  judge: judgeCertificates,
};

const certificatePem: Format = {
  name: 'certificate-pem',
  structure: 'pem',
  places: [],
  async sound() {
    const { guest, setting } = await guestOf('a guest');
    const chain = Buffer.from(guest.chainPem);
    const [leaf = new Uint8Array()] = guest.certificates;
    return [
      await amdFile('ASK and ARK', 'chain.pem', chain),
      await intelFile('pck_crl_issuer_chain.pem'),
      await intelFile('tcb_signing_chain.pem'),
      {
        name: 'ASK and ARK beside a report',
        bytes: chain,
        setting: { ...setting, certificates: [leaf], report: guest.report },
      },
    ];
  },
  judge: judgeCertificates,
};

const crl: Format = {
  name: 'crl',
  structure: 'der',
  places: [1, 2, 5, 6],
  async sound() {
    const milan = (await simulatedVendor()).products.get('Milan');
    if (milan === undefined) throw new TypeError('no Milan');
    return [
      await amdFile('of the ASK', 'vcek_crl.der', milan.crls.vcek.der),
      await amdFile('of the ASVK', 'vlek_crl.der', milan.crls.vlek.der),
      await intelFile('pck_crl.der'),
      await intelFile('root_ca_crl.der'),
    ];
  },
  judge: judgeFile,
};

function signedJson(name: string, file: string): Format {
  return {
    name,
    structure: 'json',
    places: [],
    sound: async () => [await intelFile(file)],
    judge: judgeFile,
  };
}

export const DOCUMENT_FORMATS: readonly Format[] = [
  certificateDer,
  certificatePem,
  crl,
  signedJson('tcb-info', 'tcb_info.json'),
  signedJson('qe-identity', 'qe_identity.json'),
];
