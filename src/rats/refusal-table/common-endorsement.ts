/** Refusal codes that every TEE shares: vendor documents, quotas, and the vTPM envelope. */
export const COMMON_ENDORSEMENT_REFUSALS = [
  {
    code: 'collateral_unavailable',
    class: 'undecided',
    status: 503,
    title: 'Missing vendor document',
    meaning:
      'A revocation list that this evidence needs is not at hand, so nothing can be said about the evidence yet.',
    cause:
      'A new installation into which no endorsements were imported; for AWS guests, that the VLEK revocation list (a list of its own) was never fetched.',
    remedy:
      'Download the list and import it: `curl -fsS --create-dirs -o amd/vcek_crl.der https://kdsintf.amd.com/vcek/v1/PRODUCT/crl` (VLEK: `-o amd/vlek_crl.der https://kdsintf.amd.com/vlek/v1/PRODUCT/crl`; PRODUCT is Milan, Genoa or Turin), then `assay endorsements import amd`.',
  },
  {
    code: 'collateral_malformed',
    class: 'undecided',
    status: 503,
    title: 'Unreadable vendor document',
    meaning:
      'A vendor document at hand cannot be read or leaves out what it must say, so it proves nothing either way.',
    cause:
      'A download cut short, an error page saved under the document’s name, or a revocation list without a nextUpdate.',
    remedy:
      'Download the document again from the vendor, look at it with `openssl crl -inform DER -noout -text -in FILE`, and import the good copy.',
  },
  {
    code: 'clock_skew',
    class: 'undecided',
    status: 503,
    title: 'Vendor document from the future',
    meaning: 'A vendor document begins to be valid only after the instant of judgement.',
    cause:
      'The clock of this machine is behind, or an instant in the past was asked for and only newer documents are at hand.',
    remedy:
      'Compare the clock with a time server (`timedatectl`); to judge the past, import the documents that were valid then (`assay verify --endorsements DIR --at T`).',
  },
  {
    code: 'rate_limited',
    class: 'limited',
    status: 429,
    title: 'Too many requests',
    meaning: 'This address sent more requests than its quota allows.',
    cause: 'A client that retries without waiting, or many guests behind one address.',
    remedy:
      'Wait for the seconds in `Retry-After`; the operator raises `ASSAY_RATE_LIMIT` or names the proxy in `ASSAY_TRUSTED_PROXIES`.',
  },
  {
    code: 'vtpm_envelope_malformed',
    class: 'malformed',
    status: 400,
    title: 'Malformed vTPM envelope',
    meaning:
      'The Azure HCL envelope around the report does not have the sizes, types or JSON that its format prescribes.',
    cause: 'A dump that starts or ends in the wrong place, or an envelope around another TEE’s report.',
    remedy:
      'Read the whole index again with `tpm2_nvread -C o 0x01400001 -o hcl.bin` and send the file unchanged.',
  },
  {
    code: 'vtpm_claims_binding_mismatch',
    class: 'refused',
    status: 422,
    title: 'Runtime claims not bound to the report',
    meaning:
      'The hash of the envelope’s runtime claims is not in REPORT_DATA, so the report does not vouch for them.',
    cause: 'Claims that were edited or re-encoded, or an envelope put together from two reads.',
    remedy:
      'Read the envelope again in one go and send its bytes as they are, without parsing the JSON in between.',
  },
] as const;
