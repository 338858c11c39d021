import { describe, expect, test } from '@jest/globals';
import {
  ENDORSEMENT_KIND,
  EVALUATION_NUMBERS,
  familyRequirements,
  requirementsOf,
  SIGNERS,
} from '../../../src/tee/tdx/pcs.js';
import {
  documentRemedy,
  PCK_CRL_DOCUMENTS,
  QE_IDENTITY_DOCUMENTS,
  ROOT_CRL_DOCUMENT,
  tcbInfoDocument,
} from '../../../src/tee/tdx/pcs-document.js';

const FMSPC = '50806f000000';
const PCS = 'https://api.trustedservices.intel.com';

describe('Intel’s provisioning certification service', () => {
  test('what a quote needs and does not bring, by kind and subject', () => {
    expect(requirementsOf(FMSPC, 'platform')).toEqual([
      { kind: 'tdx-root-crl', subject: 'intel' },
      { kind: 'tdx-pck-crl', subject: 'platform' },
      { kind: 'tdx-tcb-info', subject: `${FMSPC}/standard` },
      { kind: 'tdx-qe-identity', subject: 'standard' },
      { kind: 'tdx-tcb-signing', subject: 'intel', each: true },
    ]);
    expect(requirementsOf(FMSPC, 'processor')[1]).toEqual({ kind: 'tdx-pck-crl', subject: 'processor' });
    expect(SIGNERS.kind).toBe(ENDORSEMENT_KIND.tcbSigning);
  });

  test.each([
    [
      ROOT_CRL_DOCUMENT,
      'the root CA revocation list',
      'https://certificates.trustedservices.intel.com/IntelSGXRootCA.der',
      'root_ca_crl.der',
      null,
    ],
    [
      QE_IDENTITY_DOCUMENTS.standard,
      'the TD QE identity',
      `${PCS}/tdx/certification/v4/qe/identity?update=standard`,
      'qe_identity.json',
      { header: 'SGX-Enclave-Identity-Issuer-Chain', file: 'tcb_signing_chain.pem' },
    ],
    [
      PCK_CRL_DOCUMENTS.platform,
      'the PCK revocation list of the Platform CA',
      `${PCS}/sgx/certification/v4/pckcrl?ca=platform&encoding=der`,
      'pck_crl.der',
      { header: 'SGX-PCK-CRL-Issuer-Chain', file: 'pck_crl_issuer_chain.pem' },
    ],
    [
      PCK_CRL_DOCUMENTS.processor,
      'the PCK revocation list of the Processor CA',
      `${PCS}/sgx/certification/v4/pckcrl?ca=processor&encoding=der`,
      'pck_crl.der',
      { header: 'SGX-PCK-CRL-Issuer-Chain', file: 'pck_crl_issuer_chain.pem' },
    ],
    [
      tcbInfoDocument(FMSPC, 'standard'),
      `the TDX TCB info of FMSPC ${FMSPC}`,
      `${PCS}/tdx/certification/v4/tcb?fmspc=${FMSPC}&update=standard`,
      'tcb_info.json',
      { header: 'TCB-Info-Issuer-Chain', file: 'tcb_signing_chain.pem' },
    ],
  ])('a document has its name, address, file and chain', (document, name, url, file, chain) => {
    expect(document).toEqual({ name, url, track: 'standard', file, chain });
  });

  test('the remedy is commands that can be pasted', () => {
    const curl = (file: string, url: string) =>
      `Download it with \`mkdir -p intel && curl -fsS -D intel/headers -o intel/${file} "${url}"\``;
    const both =
      ', then import both with `assay endorsements import intel` (offline: `assay verify --endorsements intel`).';
    expect(documentRemedy(ROOT_CRL_DOCUMENT)).toBe(curl('root_ca_crl.der', ROOT_CRL_DOCUMENT.url) + both);
    expect(documentRemedy(QE_IDENTITY_DOCUMENTS.standard)).toBe(
      `${curl('qe_identity.json', QE_IDENTITY_DOCUMENTS.standard.url)}, put the chain of the reply header SGX-Enclave-Identity-Issuer-Chain beside it as intel/tcb_signing_chain.pem (docs/operations.md, "Intel’s documents", has the commands)${both}`,
    );
  });

  test.each([QE_IDENTITY_DOCUMENTS.early, tcbInfoDocument(FMSPC, 'early')])(
    'of the early track a document says so, and is imported as one of it',
    (document) => {
      expect(document.name).toMatch(/^the early T/);
      expect(document.url).toMatch(/[?&]update=early$/);
      const remedy = documentRemedy(document);
      expect(remedy).toContain(`"${document.url}"`);
      expect(remedy).toContain('`assay endorsements import --track early intel`');
    },
  );
});

describe('a family', () => {
  test('is an FMSPC, of server processors, whose certificates the Platform CA issues', () => {
    expect(familyRequirements(FMSPC)).toEqual(requirementsOf(FMSPC, 'platform'));
    expect(EVALUATION_NUMBERS).toEqual({ kind: 'tdx-tcb-evaluation-numbers', subject: 'tdx' });
  });

  test.each(['Milan', '', FMSPC.slice(1), `${FMSPC}0`, `x${FMSPC}`, '50806F000000'])(
    'is not called %j',
    (name) => {
      expect(familyRequirements(name)).toBeNull();
    },
  );
});
