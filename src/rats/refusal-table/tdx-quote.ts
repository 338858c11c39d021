/** TDX refusal codes: the quote’s own form. Source: Intel TDX DCAP quoting library API, appendix A. */
export const TDX_QUOTE_REFUSALS = [
  {
    code: 'tdx_quote_malformed',
    class: 'malformed',
    status: 400,
    title: 'Malformed TDX quote',
    meaning: 'The bytes do not have the form of a TDX quote: a length inside does not fit the others.',
    cause:
      'A quote that was cut, joined to something else (only zeros may follow it), or changed by a text-mode transfer; a TDREPORT sent in place of a quote is another thing altogether.',
    remedy:
      'Read `outblob` of configfs-tsm again as binary and send it unchanged; compare `sha256sum` of the file in the guest and where you send it from.',
  },
  {
    code: 'tdx_quote_version_unsupported',
    class: 'malformed',
    status: 400,
    title: 'Unsupported quote version',
    meaning:
      'The quote’s version, or the type of TD report in it, is not one that this build can verify: versions 4 and 5 with TD report 1.0 or 1.5.',
    cause:
      'An SGX quote (version 3), a quote in CWT form, or a TD report newer than this build (type 4 is decoded by `assay inspect` but not verified until a genuine sample exists).',
    remedy:
      'Look at the version with `assay inspect FILE`; ask the host’s operator for a quoting service that makes version 4 or 5, or upgrade this service when a release names the form.',
  },
  {
    code: 'tdx_tee_type_mismatch',
    class: 'malformed',
    status: 400,
    title: 'Quote of another kind of TEE',
    meaning: 'The TEE type in the quote’s header is not TDX (0x81), or its body is not that of a TD.',
    cause: 'A quote of an SGX enclave, or a header and a body that do not belong together.',
    remedy:
      'Make the quote inside the TD through configfs-tsm (provider `tdx_guest`); SGX enclaves are not verified here.',
  },
  {
    code: 'tdx_key_type_unsupported',
    class: 'refused',
    status: 422,
    title: 'Unsupported attestation key type',
    meaning: 'The quote names an attestation key other than ECDSA on P-256, the only kind in use.',
    cause: 'A quoting enclave newer than this build, or a forged header.',
    remedy:
      'Use Intel’s quoting service (`tdx-qgs`), whose keys are ECDSA P-256; upgrade this service once another kind is verified.',
  },
  {
    code: 'tdx_qe_vendor_unknown',
    class: 'refused',
    status: 422,
    title: 'Quoting enclave of another vendor',
    meaning:
      'The quote was not made by Intel’s quoting enclave, and no other vendor’s has a published identity to compare with.',
    cause: 'A quoting enclave that the host’s operator built, or a forged header.',
    remedy:
      'Have the host’s operator run Intel’s signed quoting enclave (vendor id `939a7233f79c4ca9940a0db3957f0607`).',
  },
  {
    code: 'tdx_cert_data_unsupported',
    class: 'refused',
    status: 422,
    title: 'Quote without its PCK chain',
    meaning:
      'The quote does not carry the certificate chain of its platform key (PCK) but only names the platform, or carries nothing.',
    cause:
      'A host whose quoting service found no PCK certificate: no PCCS configured, or a platform that was never registered with Intel.',
    remedy:
      'Have the host’s operator register the platform, point `/etc/sgx_default_qcnl.conf` at a PCCS that has its certificate, and restart the quoting service; then make a new quote.',
  },
] as const;
