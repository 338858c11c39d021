/** TDX refusal codes: quoting enclave, the quote’s signature, TDX module and TCB level. Source: Intel DCAP quote verification. */
export const TDX_SIGNATURE_REFUSALS = [
  {
    code: 'tdx_qe_report_signature_invalid',
    class: 'refused',
    status: 422,
    title: 'Quoting enclave not vouched for',
    meaning: 'The quoting enclave’s report was not signed by the platform key (PCK) of the chain.',
    cause:
      'A PCK certificate for another TCB or platform than the one that certified the quoting enclave, altered bytes, or a forgery.',
    remedy:
      'Have the host’s operator restart the quoting service so that it certifies its key afresh with the present PCK certificate, and make a new quote; if it is refused too, treat the host as hostile.',
  },
  {
    code: 'tdx_qe_report_data_mismatch',
    class: 'refused',
    status: 422,
    title: 'Attestation key not certified',
    meaning:
      'The attestation key in the quote is not the one whose hash the quoting enclave put into its report, so anybody could have made it.',
    cause: 'A quote put together from parts of two quotes, or a forgery with a key of the forger’s own.',
    remedy:
      'Send the quote byte for byte as the quoting service gave it; if that fails too, do not trust what sent it.',
  },
  {
    code: 'tdx_qe_identity_mismatch',
    class: 'refused',
    status: 422,
    title: 'Not Intel’s quoting enclave',
    meaning:
      'Signer, product, attributes or MISCSELECT of the quoting enclave are not those that Intel publishes for its TD quoting enclave.',
    cause:
      'A quoting enclave in debug mode, one built by somebody else, or an SGX quoting enclave in its place.',
    remedy:
      'Have the host’s operator install Intel’s signed release of the quoting service (`tdx-qgs`) and start it without debug.',
  },
  {
    code: 'tdx_quote_signature_invalid',
    class: 'refused',
    status: 422,
    title: 'Invalid quote signature',
    meaning: 'The quote was not signed by its attestation key, or was changed after signing.',
    cause: 'Header or TD report altered, a signature of another quote, or a forgery.',
    remedy:
      'Make a new quote in the TD and send its bytes untouched; if that fails too, take the host for hostile.',
  },
  {
    code: 'tdx_module_mismatch',
    class: 'refused',
    status: 422,
    title: 'Unknown TDX module',
    meaning:
      'Intel’s TCB info has no identity for the TDX module’s major version, or signer and attributes of the module are not those of the identity.',
    cause:
      'A module newer than the imported TCB info, a module that Intel did not sign, or a debug build of it.',
    remedy:
      'Import the present TCB info (`https://api.trustedservices.intel.com/tdx/certification/v4/tcb?fmspc=FMSPC`, then `assay endorsements import DIR`); if its `tdxModuleIdentities` lack the version too, have the host load a module that Intel released.',
  },
  {
    code: 'tdx_tcb_not_supported',
    class: 'refused',
    status: 422,
    title: 'No TCB level matches',
    meaning:
      'Platform, TDX module or quoting enclave are below every level that Intel lists for this platform family, so Intel says nothing in their favour.',
    cause:
      'Firmware or microcode from before the first supported level, an old quoting enclave, or TCB info that is too old to know the platform.',
    remedy:
      'Have BIOS, microcode, TDX module and quoting service of the host updated, and its PCK certificate fetched again; import the present TCB info before you judge once more.',
  },
  {
    code: 'tdx_tcb_revoked',
    class: 'refused',
    status: 422,
    title: 'Revoked TCB level',
    meaning:
      'Intel revoked the TCB level that platform, TDX module or quoting enclave stand at; no policy can accept it.',
    cause:
      'A version whose keys or isolation are known to be broken; the check gives the status of each, at launch and now.',
    remedy:
      'Have the part that is Revoked in `observed` updated on the host, launch the guest anew, and replace secrets that it held meanwhile.',
  },
] as const;
