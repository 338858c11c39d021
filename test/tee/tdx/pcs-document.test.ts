/** Each of Intel’s documents for people: its name, where it is, and what brings it into a service. */
import { expect, test } from '@jest/globals';
import {
  documentRemedy,
  PCK_CRL_DOCUMENTS,
  QE_IDENTITY_DOCUMENTS,
  ROOT_CRL_DOCUMENT,
  tcbInfoDocument,
} from '../../../src/tee/tdx/pcs-document.js';
import { PCS, requestFor, SERVICES } from '../../../src/tee/tdx/pcs-request.js';

const API = 'https://api.trustedservices.intel.com';
const FMSPC = 'b0c06f000000';

test('each is named, and downloaded from where Intel has it', () => {
  const told = [
    ROOT_CRL_DOCUMENT,
    QE_IDENTITY_DOCUMENTS.standard,
    PCK_CRL_DOCUMENTS.platform,
    PCK_CRL_DOCUMENTS.processor,
    tcbInfoDocument(FMSPC, 'standard'),
  ].map((document) => [document.name, document.url, documentRemedy(document)]);
  const remedy = (file: string, url: string, beside = '') =>
    `Download it with \`mkdir -p intel && curl -fsS -D intel/headers -o intel/${file} "${url}"\`${beside}, then import both with \`assay endorsements import intel\` (offline: \`assay verify --endorsements intel\`).`;
  const chain = (header: string, file: string) =>
    `, put the chain of the reply header ${header} beside it as intel/${file} (docs/operations.md, "Intel’s documents", has the commands)`;
  const root = 'https://certificates.trustedservices.intel.com/IntelSGXRootCA.der';
  const identity = `${API}/tdx/certification/v4/qe/identity?update=standard`;
  const list = (ca: string) => `${API}/sgx/certification/v4/pckcrl?ca=${ca}&encoding=der`;
  const info = `${API}/tdx/certification/v4/tcb?fmspc=${FMSPC}&update=standard`;
  const signing = 'tcb_signing_chain.pem';
  const listChain = chain('SGX-PCK-CRL-Issuer-Chain', 'pck_crl_issuer_chain.pem');
  expect(told).toEqual([
    ['the root CA revocation list', root, remedy('root_ca_crl.der', root)],
    [
      'the TD QE identity',
      identity,
      remedy('qe_identity.json', identity, chain('SGX-Enclave-Identity-Issuer-Chain', signing)),
    ],
    [
      'the PCK revocation list of the Platform CA',
      list('platform'),
      remedy('pck_crl.der', list('platform'), listChain),
    ],
    [
      'the PCK revocation list of the Processor CA',
      list('processor'),
      remedy('pck_crl.der', list('processor'), listChain),
    ],
    [
      `the TDX TCB info of FMSPC ${FMSPC}`,
      info,
      remedy('tcb_info.json', info, chain('TCB-Info-Issuer-Chain', signing)),
    ],
  ]);
});

test('Intel has two services, and a document of each', () => {
  expect(SERVICES).toEqual([
    { name: 'intel-pcs', vendor: 'intel', base: API, ration: null },
    {
      name: 'intel-certificates',
      vendor: 'intel',
      base: 'https://certificates.trustedservices.intel.com',
      ration: null,
    },
  ]);
  const serviceOf = (kind: string, subject: string) =>
    requestFor({ kind, subject }, { cacheServer: false })?.service;
  expect(serviceOf('tdx-qe-identity', 'standard')).toBe(PCS.name);
  expect(serviceOf('tdx-root-crl', 'intel')).toBe('intel-certificates');
});
