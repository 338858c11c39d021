/**
 * TDX refusal codes: PCK chain, revocation, and Intel’s signed documents. Source: Intel SGX PCK certificate and
 * CRL profile specification; Intel PCS API version 4.
 */
export const TDX_ENDORSEMENT_REFUSALS = [
  {
    code: 'tdx_pck_chain_invalid',
    class: 'refused',
    status: 422,
    title: 'Invalid PCK chain',
    meaning:
      'The chain in the quote is not PCK certificate, Intel’s Platform or Processor CA and root, each signed by the next, with Intel’s names and extensions.',
    cause:
      'A chain put together from two platforms, a certificate altered or re-encoded on the way, or text between the PEM blocks.',
    remedy:
      'Send the quote exactly as the quoting service made it; if it is refused still, have the host’s operator empty the PCCS cache, fetch the PCK certificate again, and make a new quote.',
  },
  {
    code: 'tdx_pck_chain_untrusted',
    class: 'refused',
    status: 422,
    title: 'PCK chain without trusted root',
    meaning: 'The root in the quote’s chain does not have the pinned public key of the Intel SGX Root CA.',
    cause:
      'A pre-production platform (its root is another), a chain of somebody’s own making, or simulated evidence sent to the genuine issuer or the reverse.',
    remedy:
      'Run production hardware with a PCK certificate from Intel’s production service; send simulated evidence to the issuer’s `/simulated` address only.',
  },
  {
    code: 'tdx_cert_expired',
    class: 'refused',
    status: 422,
    title: 'PCK chain outside its validity',
    meaning:
      'The PCK certificate or its CA was not valid at the instant of judgement: no longer, or not yet.',
    cause:
      'A PCK certificate that the host’s PCCS never renewed (they live about seven years), a wrong clock, or an instant in the past chosen too early.',
    remedy:
      'Check the clock (`timedatectl`); have the host’s operator refresh the PCCS cache and make a new quote; judge old evidence by its own time with `assay verify --at T` or `at` of `/v1/appraise`.',
  },
  {
    code: 'tdx_crl_stale',
    class: 'undecided',
    status: 503,
    title: 'Outdated Intel revocation list',
    meaning:
      'The root CA’s or the PCK CA’s revocation list at hand is past its nextUpdate, so a revocation since then would be missed.',
    cause: 'Nobody imported a newer list: Intel’s PCK lists live 30 days, that of the root about a year.',
    remedy:
      'Import fresh lists: `curl -fsS --create-dirs -o intel/pck_crl.der "https://api.trustedservices.intel.com/sgx/certification/v4/pckcrl?ca=platform&encoding=der"` and `curl -fsS -o intel/root_ca_crl.der https://certificates.trustedservices.intel.com/IntelSGXRootCA.der`, then `assay endorsements import intel`; put the commands into a daily timer.',
  },
  {
    code: 'tdx_crl_signature_invalid',
    class: 'undecided',
    status: 503,
    title: 'Revocation list not signed by Intel',
    meaning:
      'The revocation list at hand is not signed by the CA whose certificates it should list, or lacks an extension that Intel always gives, so it says nothing.',
    cause:
      'The list of the Processor CA saved in place of the Platform CA’s or the reverse, a damaged download, or a forgery.',
    remedy:
      'Look at the issuer with `openssl crl -inform DER -noout -issuer -crlnumber -in pck_crl.der`, and download the list of the right CA again (`ca=platform` or `ca=processor`, after the issuer of the PCK certificate).',
  },
  {
    code: 'tdx_pck_revoked',
    class: 'refused',
    status: 422,
    title: 'Revoked platform key',
    meaning: 'Intel revoked this platform’s PCK certificate: its keys are no longer to be believed.',
    cause:
      'Keys of this platform that became known, or a platform that was registered anew and still uses the certificate of before.',
    remedy:
      'Take the host out of service until its operator has registered it again and quotes come with a new PCK certificate; replace the secrets that guests on it held.',
  },
  {
    code: 'tdx_pck_ca_revoked',
    class: 'refused',
    status: 422,
    title: 'Revoked PCK issuer',
    meaning: 'Intel’s root CA lists the Platform or Processor CA that issued this PCK certificate.',
    cause: 'Intel replaced that CA, and the host still has certificates issued under it.',
    remedy:
      'Have the host’s operator fetch a PCK certificate under the present CA; nothing issued under the revoked one will be accepted.',
  },
  {
    code: 'tdx_tcb_signing_revoked',
    class: 'undecided',
    status: 503,
    title: 'Revoked TCB signing certificate',
    meaning:
      'The certificate that signed the TCB info or QE identity at hand is on the root CA’s revocation list, so those documents decide nothing.',
    cause: 'Intel replaced its signing certificate, and the imported documents are older.',
    remedy:
      'Download TCB info and QE identity again, each with the chain from its reply header as `tcb_signing_chain.pem` beside it (docs/operations.md, “Intel’s documents”), and run `assay endorsements import DIR`.',
  },
  {
    code: 'tdx_tcb_info_signature_invalid',
    class: 'undecided',
    status: 503,
    title: 'TCB info not signed by Intel',
    meaning:
      'The signature over the TCB info at hand, or the chain of the certificate that made it, does not hold, so the document says nothing.',
    cause:
      'A `tcb_info.json` that was formatted or passed through a JSON tool (the signature covers the exact bytes), or a `tcb_signing_chain.pem` of another download.',
    remedy:
      'Download `https://api.trustedservices.intel.com/tdx/certification/v4/tcb?fmspc=FMSPC` again, keep the reply’s bytes as `tcb_info.json` and the chain of its `TCB-Info-Issuer-Chain` header as `tcb_signing_chain.pem` beside it, then `assay endorsements import DIR`.',
  },
  {
    code: 'tdx_qe_identity_signature_invalid',
    class: 'undecided',
    status: 503,
    title: 'QE identity not signed by Intel',
    meaning:
      'The QE identity at hand is not signed by Intel, or is not the identity of the TD quoting enclave in a version that is known here, so it says nothing.',
    cause:
      'The identity of the SGX quoting enclave saved in its place (another URL), a file that a JSON tool formatted, or a signing chain of another download.',
    remedy:
      'Download `https://api.trustedservices.intel.com/tdx/certification/v4/qe/identity` again, keep its bytes as `qe_identity.json` and the chain of its `SGX-Enclave-Identity-Issuer-Chain` header as `tcb_signing_chain.pem` beside it, then `assay endorsements import DIR`.',
  },
  {
    code: 'tdx_tcb_info_mismatch',
    class: 'refused',
    status: 422,
    title: 'TCB info for another platform',
    meaning:
      'The TCB info at hand is not a TDX document of version 3, or is for another platform family (FMSPC) or PCE than the PCK certificate names.',
    cause:
      'TCB info of SGX (another URL) or of another FMSPC given with `--endorsements`, or a PCK certificate that was moved between platforms.',
    remedy:
      'Read `fmspc` with `assay inspect FILE` and download the document of that family: `https://api.trustedservices.intel.com/tdx/certification/v4/tcb?fmspc=FMSPC`.',
  },
  {
    code: 'tdx_tcb_evaluation_number_too_low',
    class: 'undecided',
    status: 503,
    title: 'TCB documents older than the policy asks',
    meaning:
      'The lower of the evaluation numbers of TCB info and QE identity is under the policy’s `minimum_evaluation_number`, so a known vulnerability might be missing in them.',
    cause:
      'Documents imported before Intel’s latest TCB recovery, or a policy that asks for a number which only the `early` track has reached.',
    remedy:
      'Download TCB info and QE identity again and import them with `assay endorsements import DIR`; `https://api.trustedservices.intel.com/tdx/certification/v4/tcbevaluationdatanumbers` lists the numbers there are.',
  },
] as const;
