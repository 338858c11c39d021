/**
 * Where go-tdx-guest 0.3.1 and Assay differ. Sources: Intel's DCAP quoting library API (quote format), PCS API v4, PCK
 * certificate and CRL profile, RFC 5280, RFC 7468.
 */
import { codes, type Row, words } from './comparison.js';
import { authDataLength, levelsDescend, refusesAs } from './shared-rows.js';
import type { TdxMaterial } from './tdx-material.js';

export const GO_TDX_GUEST: readonly Row<TdxMaterial>[] = [
  {
    id: 'version-5',
    reason: 'Quoting library API, A.4: there are quotes of version 5. The library reads version 4 alone.',
    objects: (why, { evidence }) => why.endsWith('quote format not supported') && evidence[0] === 5,
  },
  {
    id: 'up-to-date',
    reason:
      'PCS API v4: a status is what Intel says of a platform, module or enclave, and whether it will do is for a policy to say. The library accepts UpToDate alone.',
    objects: words(/TCB Status is not "UpToDate", found "(?!Revoked)\w+"$/u),
  },
  {
    id: 'level-order',
    reason:
      'PCS API v4 and QVL, TcbLevelCheck: levels count from the highest down, as Intel writes them. The library takes the first that is reached in the order of the document, and so a revoked one that stands before its betters.',
    objects: (why, material) => /found "Revoked"$/u.test(why) && !levelsDescend(material),
  },
  {
    id: 'fmspc-case',
    reason:
      'PCS API v4: FMSPC are hexadecimal digits, and Intel writes them in upper case in TCB info. The library compares them with lower case, letter by letter.',
    objects: (why) => {
      const [, own, documents] =
        /^FMSPC from PCK Certificate\("(\w+)"\).*TCB info\("(\w+)"\)$/u.exec(why) ?? [];
      return own !== undefined && own === documents?.toLowerCase();
    },
  },
  {
    id: 'processor-ca',
    reason:
      'PCK certificate profile, 1.3: the Platform CA and the Processor CA issue PCK certificates. The library takes the first alone.',
    objects: words(/"Intel SGX PCK Processor CA" is not expected in certificate's subject name/u),
  },
  {
    id: 'chain-lines',
    reason:
      'RFC 7468, 2: white space between blocks means nothing. The library wants each block of the signing chain to begin a line.',
    objects: words(/^unable to receive tcbInfo: could not parse PEM formatted signing certificate/u),
  },
  {
    id: 'list-chain',
    reason:
      'PCS API v4 sends a chain with the PCK list. Assay verifies the list with the CA of the quote’s own chain and does not read the other; the library reads it, and holds nothing against it.',
    objects: words(/^unable to receive PCK CRL: could not (?:parse PEM|interpret DER)/u),
  },
  {
    id: 'module-name',
    reason:
      'PCS API v4, TDX module identities: the id ends in the version in hexadecimal digits. The library looks for lower case.',
    objects: words(/could not find a TDX Module Identity \("TDX_\w+"\)/u),
  },
  {
    id: 'quote-form',
    reason:
      'Quoting library API, A.3: every size is fixed, and behind a quote there are zeros at most; Assay reads no more of them than kernels add, and no more than 1024 bytes of QE authentication data. The library keeps what is behind and goes on, and does not look at the vendor of the enclave.',
    refuses: (code, material) =>
      refusesAs('quote-form')(code, material) ||
      code === 'evidence_too_large' ||
      (code === 'tdx_quote_malformed' && authDataLength(material) > 1024),
  },
  {
    id: 'begins-later',
    reason:
      'RFC 5280, 6.3 and PCS API v4: a list counts from thisUpdate, a document from issueDate. The library looks at when they end.',
    refuses: codes('clock_skew'),
  },
  {
    id: 'list-form',
    reason:
      'PCK CRL profile and RFC 5280, 5.2: a list has a number and the key identifier of its issuer. The library asks for neither.',
    refuses: (code, material) => code !== 'clock_skew' && refusesAs('revocation-lists')(code, material),
  },
  {
    id: 'module-identity',
    reason:
      'PCS API v4, TDX module identities: a module after 1.0 is held to the signer and attributes of its own identity. The library holds each to those of module 1.0, and matches levels alone.',
    refuses: refusesAs('module'),
  },
  {
    id: 'pck-chain-form',
    reason:
      'PCK certificate profile, 1.3 and QVL, CertificateChain: PEM and nothing else. The library takes other text between blocks.',
    refuses: refusesAs('pck-chain-form'),
  },
  {
    id: 'document-form',
    reason:
      'PCS API v4 and QVL, AttestationParsers: TCB info and QE identity are read in the form that Intel signs. The library takes unknown members, doubled ones, and signatures in upper case.',
    refuses: refusesAs('document-form'),
  },
  {
    id: 'slices',
    reason:
      'Quoting library API, A.3: sizes in a quote come from strangers. The library cuts by some of them before it looks, and panics.',
    crashes: words(/^runtime error: slice bounds out of range/u),
  },
];
