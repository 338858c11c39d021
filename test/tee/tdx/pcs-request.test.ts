import { describe, expect, test } from '@jest/globals';
import { requestFor, SERVICES } from '../../../src/tee/tdx/pcs-request.js';

const FMSPC = '50806f000000';
const INTEL = { cacheServer: false } as const;
const CACHE = { cacheServer: true } as const;
const SIGNING = 'tcb_signing_chain.pem';

describe('what Intel’s services are asked for', () => {
  test.each([
    [
      'tdx-tcb-info',
      `${FMSPC}/standard`,
      `/tdx/certification/v4/tcb?fmspc=${FMSPC}&update=standard`,
      'tcb_info.json',
      { header: 'TCB-Info-Issuer-Chain', file: SIGNING },
    ],
    [
      'tdx-tcb-info',
      `${FMSPC}/early`,
      `/tdx/certification/v4/tcb?fmspc=${FMSPC}&update=early`,
      'tcb_info.json',
      { header: 'TCB-Info-Issuer-Chain', file: SIGNING },
    ],
    [
      'tdx-qe-identity',
      'standard',
      '/tdx/certification/v4/qe/identity?update=standard',
      'qe_identity.json',
      { header: 'SGX-Enclave-Identity-Issuer-Chain', file: SIGNING },
    ],
    [
      'tdx-qe-identity',
      'early',
      '/tdx/certification/v4/qe/identity?update=early',
      'qe_identity.json',
      { header: 'SGX-Enclave-Identity-Issuer-Chain', file: SIGNING },
    ],
    [
      'tdx-pck-crl',
      'platform',
      '/sgx/certification/v4/pckcrl?ca=platform&encoding=der',
      'pck_crl.der',
      { header: 'SGX-PCK-CRL-Issuer-Chain', file: 'pck_crl_issuer_chain.pem' },
    ],
    [
      'tdx-pck-crl',
      'processor',
      '/sgx/certification/v4/pckcrl?ca=processor&encoding=der',
      'pck_crl.der',
      { header: 'SGX-PCK-CRL-Issuer-Chain', file: 'pck_crl_issuer_chain.pem' },
    ],
    [
      'tdx-tcb-evaluation-numbers',
      'tdx',
      '/tdx/certification/v4/tcbevaluationdatanumbers',
      'tcb_evaluation_data_numbers.json',
      { header: 'TCB-Evaluation-Data-Numbers-Issuer-Chain', file: SIGNING },
    ],
  ])('%s of %s', (kind, subject, path, file, chain) => {
    const request = requestFor({ kind, subject }, INTEL);
    expect(request).toEqual({
      service: 'intel-pcs',
      path,
      requirement: { kind, subject },
      track: subject.endsWith('early') ? 'early' : 'standard',
      file,
      encoding: 'bytes',
      beside: [chain],
      rationed: false,
      witness: kind === 'tdx-tcb-info' ? `/tdx/certification/v4/qe/identity?update=${request?.track}` : null,
    });
    // A cache server has the same in the same place, but for the list of numbers, which it has not. That it has no
    // TCB info says nothing of what Intel has.
    const cached = request === null ? null : { ...request, witness: null };
    expect(requestFor({ kind, subject }, CACHE)).toEqual(subject === 'tdx' ? null : cached);
  });

  test('the root’s list is where certificates say, or at the cache server as hex text', () => {
    const asked = { kind: 'tdx-root-crl', subject: 'intel' };
    const shared = {
      requirement: asked,
      track: 'standard',
      file: 'root_ca_crl.der',
      beside: [],
      rationed: false,
      witness: null,
    };
    expect(requestFor(asked, INTEL)).toEqual({
      ...shared,
      service: 'intel-certificates',
      path: '/IntelSGXRootCA.der',
      encoding: 'bytes',
    });
    expect(requestFor(asked, CACHE)).toEqual({
      ...shared,
      service: 'intel-pcs',
      path: '/sgx/certification/v4/rootcacrl',
      encoding: 'hex',
    });
  });

  test('one evaluation is asked for in place of a track', () => {
    const options = { ...INTEL, evaluationNumber: 18 };
    expect(requestFor({ kind: 'tdx-tcb-info', subject: `${FMSPC}/early` }, options)).toMatchObject({
      path: `/tdx/certification/v4/tcb?fmspc=${FMSPC}&tcbEvaluationDataNumber=18`,
      track: 'early',
      requirement: { kind: 'tdx-tcb-info', subject: `${FMSPC}/early` },
      witness: `/tdx/certification/v4/tcb?fmspc=${FMSPC}&update=early`,
    });
    expect(requestFor({ kind: 'tdx-qe-identity', subject: 'standard' }, options)).toMatchObject({
      path: '/tdx/certification/v4/qe/identity?tcbEvaluationDataNumber=18',
      witness: '/tdx/certification/v4/qe/identity?update=standard',
    });
  });

  test.each([
    ['signers, which come beside what they signed', 'tdx-tcb-signing', 'intel'],
    ['an authority, which comes beside its list', 'tdx-pck-ca', 'platform'],
    ['a PCK certificate', 'tdx-pck', 'intel'],
    ['the root', 'tdx-root-ca', 'intel'],
    ['an FMSPC in upper case', 'tdx-tcb-info', `${FMSPC.toUpperCase()}/standard`],
    ['an FMSPC of 5 bytes', 'tdx-tcb-info', '50806f0000/standard'],
    ['an FMSPC of 7 bytes', 'tdx-tcb-info', `${FMSPC}00/standard`],
    ['no track', 'tdx-tcb-info', FMSPC],
    ['a track and more', 'tdx-tcb-info', `${FMSPC}/standard/x`],
    ['another track', 'tdx-tcb-info', `${FMSPC}/late`],
    ['a query of its own', 'tdx-tcb-info', `${FMSPC}&update=early/standard`],
    ['an identity of another track', 'tdx-qe-identity', 'late'],
    ['an identity of no track', 'tdx-qe-identity', ''],
    ['another authority', 'tdx-pck-crl', 'root'],
    ['another root', 'tdx-root-crl', 'amd'],
    ['the numbers of SGX', 'tdx-tcb-evaluation-numbers', 'sgx'],
    ['a kind of AMD’s', 'snp-vcek-crl', 'Milan'],
  ])('nobody is asked for %s', (_, kind, subject) => {
    expect([requestFor({ kind, subject }, INTEL), requestFor({ kind, subject }, CACHE)]).toEqual([
      null,
      null,
    ]);
  });

  test('the services ration nothing', () => {
    expect(SERVICES).toEqual([
      { name: 'intel-pcs', vendor: 'intel', base: 'https://api.trustedservices.intel.com', ration: null },
      {
        name: 'intel-certificates',
        vendor: 'intel',
        base: 'https://certificates.trustedservices.intel.com',
        ration: null,
      },
    ]);
  });
});
