/**
 * Where the crate dcap-qvl 0.7.1 and Assay differ. Sources: Intel QVL (TcbLevelCheck, QuoteVerifier, CommonVerifier),
 * the DCAP quoting library API, the PCK certificate and CRL profile, the PCS API, RFC 5280.
 */
import { codes, type Row, words } from './comparison.js';
import { refusesAs, rootIsBroken } from './shared-rows.js';
import type { TdxMaterial } from './tdx-material.js';

export const RUST_DCAP_QVL: readonly Row<TdxMaterial>[] = [
  {
    id: 'quote-form',
    reason:
      'Quoting library API, A.3 and A.4: the outer type is 6, and every size is fixed. The crate reads past the outer type and bytes that no size accounts for.',
    refuses: refusesAs('quote-form'),
  },
  {
    id: 'size-limit',
    reason:
      'Assay reads no more than a quote can be, padded as kernels pad it; the crate takes zeros without end.',
    refuses: codes('evidence_too_large'),
  },
  {
    id: 'pck-chain-form',
    reason:
      'PCK certificate profile, 1.3 and QVL, CertificateChain: leaf, CA and root by name, each signed, in PEM alone. The crate takes any chain of good signatures out of any text, and puts its own root in the place of the one that travels.',
    refuses: (code, material) =>
      refusesAs('pck-chain-form')(code, material) ||
      (code === 'tdx_pck_chain_invalid' && rootIsBroken(material)),
  },
  {
    id: 'list-form',
    reason:
      'PCK CRL profile and RFC 5280, 5.2 and 6.3: a list has a number and the key identifier of its issuer, and counts from thisUpdate. The crate asks for none of the three.',
    refuses: refusesAs('revocation-lists'),
  },
  {
    id: 'last-second',
    reason:
      'RFC 5280, 5.1.2.5: the next list comes no later than nextUpdate, so that this one counts until then. At that very second the crate takes it for expired.',
    objects: (why, { at }) => {
      const [, next] =
        /CrlExpired \{ time: UnixTime\(\d+\), next_update: UnixTime\((\d+)\) \}$/u.exec(why) ?? [];
      return Number(next) === Math.floor(at.getTime() / 1000);
    },
  },
  {
    id: 'document-form',
    reason:
      'PCS API v4 and QVL, AttestationParsers: TCB info and QE identity are read in the form that Intel signs. The crate takes unknown members, unknown statuses that it does not come upon, and signatures in upper case.',
    refuses: refusesAs('document-form'),
  },
  {
    id: 'document-version',
    reason:
      'PCS API v4 and QVL: the TD QE identity has version 2. The crate takes 3 as well, and later TCB info.',
    refuses: refusesAs('document-version'),
  },
  {
    id: 'document-signer',
    reason:
      'PCS API v4 and QVL, TCBSigningChain: TCB info and QE identity are signed by Intel SGX TCB Signing alone. The crate takes any certificate right below the root.',
    refuses: refusesAs('document-signer'),
  },
  {
    id: 'pceid',
    reason:
      'PCS API v4 and QVL, checks of FMSPC and PCEID: TCB info is for both. The crate compares FMSPC alone.',
    refuses: refusesAs('pceid'),
  },
  {
    id: 'qe-report-data',
    reason:
      'Quoting library API, A.4: REPORTDATA of the QE is the hash and 32 zeros. The crate compares the hash alone.',
    refuses: refusesAs('qe-report-data'),
  },
  {
    id: 'qe-auth-data',
    reason:
      'Quoting library API, A.4: QE authentication data have a size of their own. The crate takes 32 bytes.',
    objects: words(/^Invalid QE auth data length$/u),
  },
  {
    id: 'levels',
    reason:
      'QVL, TcbLevelCheck, and PCS API v4: components of the certificate and not CPUSVN, and levels from the highest down. The crate goes by CPUSVN, and by the order of the document for the QE.',
    objects: words(/^(?:No matching TCB level found|TCB status is invalid: Revoked)$/u),
  },
  {
    id: 'qe-mask',
    reason:
      'PCS API v4, QE identity: the masked value must be the stated one. The crate masks the stated value too.',
    refuses: refusesAs('qe-mask'),
  },
  {
    id: 'td-attributes',
    reason:
      'Intel 344425, ATTRIBUTES: what a TD may be is for the policy to say, and more bits are defined than the crate knows. It refuses during verification.',
    objects: words(/^(?:SEPT_VE_DISABLE is not enabled|Reserved bits in TD attributes are set)$/u),
  },
  {
    id: 'unread-chain',
    reason:
      'PCS API v4 sends a chain with the PCK list. Assay verifies the list with the CA of the quote’s own chain and does not read the other; the crate wants it as text, and does not read it either.',
    objects: words(/^invalid utf-8 sequence/u),
  },
];
