/** Refusal codes that every TEE shares: vendor documents, quotas, event logs, and the vTPM envelope. */
export const COMMON_ENDORSEMENT_REFUSALS = [
  {
    code: 'stale_collateral',
    class: 'undecided',
    status: 503,
    title: 'Outdated vendor document',
    meaning:
      'Intel’s TCB info or QE identity at hand, or the chain that signed it, is past its end, so what became known since then would be missed.',
    cause:
      'TCB info and QE identity live 30 days, and neither did Intel give newer ones, which the check says, nor did anybody import them (outdated revocation lists have codes of their own).',
    remedy:
      'Download `https://api.trustedservices.intel.com/tdx/certification/v4/tcb?fmspc=FMSPC` as `tcb_info.json` and `https://api.trustedservices.intel.com/tdx/certification/v4/qe/identity` as `qe_identity.json`, the signing chain from the reply header as `tcb_signing_chain.pem` beside them (docs/operations.md, “Intel’s documents”), then `assay endorsements import DIR`; do so daily.',
  },
  {
    code: 'collateral_unavailable',
    class: 'undecided',
    status: 503,
    title: 'Missing vendor document',
    meaning:
      'A vendor document that this evidence needs (a revocation list, Intel’s TCB info or QE identity) is not at hand, so nothing can be said about the evidence yet.',
    cause:
      'The vendor cannot be reached or does not answer, which the check says; or a service that asks no vendor, and a document that nobody imported: for AWS guests the VLEK revocation list (a list of its own), for TDX guests the TCB info of the platform family (FMSPC).',
    remedy:
      'Download what the check names and import it. AMD: `curl -fsS --create-dirs -o amd/vcek_crl.der https://kdsintf.amd.com/vcek/v1/PRODUCT/crl` (VLEK: `-o amd/vlek_crl.der https://kdsintf.amd.com/vlek/v1/PRODUCT/crl`; PRODUCT is Milan, Genoa or Turin), then `assay endorsements import amd`. Intel: `curl -fsS --create-dirs -D intel/tcb_info.headers -o intel/tcb_info.json "https://api.trustedservices.intel.com/tdx/certification/v4/tcb?fmspc=FMSPC"` (FMSPC from `assay inspect FILE`; the signing chain is in the reply header and belongs beside it as `tcb_signing_chain.pem`) and the other documents as docs/operations.md, “Intel’s documents”, has them, then `assay endorsements import intel`.',
  },
  {
    code: 'collateral_malformed',
    class: 'undecided',
    status: 503,
    title: 'Unreadable vendor document',
    meaning:
      'A vendor document at hand cannot be read or leaves out what it must say, so it proves nothing either way.',
    cause:
      'A download cut short, an error page saved under the document’s name, a revocation list without a nextUpdate, or TCB info with a status word or level that is not known here.',
    remedy:
      'Download the document again from the vendor, look at it (a list with `openssl crl -inform DER -noout -text -in FILE`; Intel’s JSON must be kept byte for byte), and import the good copy.',
  },
  {
    code: 'collateral_not_found',
    class: 'refused',
    status: 422,
    title: 'Unknown to the vendor',
    meaning:
      'The vendor was asked for its document on this very chip and TCB, or this platform family (FMSPC), and answered that it has none: nothing will ever vouch for the evidence as it is.',
    cause:
      'A report that no genuine chip signed, a TCB that AMD never issued a VCEK for, a pre-production or very new processor, or a family whose TCB info Intel has withdrawn.',
    remedy:
      'Compare chip id and TCB, or FMSPC, in `assay inspect FILE` with what the machine’s firmware shows; where they are right, ask the vendor why it does not publish them. What was not found is asked for again after an hour at the earliest.',
  },
  {
    code: 'clock_skew',
    class: 'undecided',
    status: 503,
    title: 'Vendor document from the future',
    meaning:
      'A vendor document (certificate, revocation list, TCB info or QE identity) begins to be valid only after the instant of judgement.',
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
    code: 'event_log_malformed',
    class: 'malformed',
    status: 400,
    title: 'Malformed event log',
    meaning: 'The event log that came with the evidence cannot be read as a CCEL log with SHA-384 digests.',
    cause:
      'A log cut off within an event, the ACPI table CCEL sent instead of the log that it points to, the log of a TPM (SHA-1 or SHA-256), or something written behind its end.',
    remedy:
      'Read the whole of `/sys/firmware/acpi/tables/data/CCEL` and send it as it is (padding may be left out), or leave the log out where no reference value names events.',
  },
  {
    code: 'event_log_replay_mismatch',
    class: 'refused',
    status: 422,
    title: 'Event log does not replay',
    meaning: 'The digests of the event log do not give the registers that the evidence is signed over.',
    cause:
      'A log of another boot or another guest, a log that was edited, or software of the running system that has measured into RTMR2 or RTMR3 what the firmware’s log does not have.',
    remedy:
      'Read log and quote in one boot, and append what was measured since to the log as records of the same form; or send the quote alone and register the registers (`rtmr0` to `rtmr3`).',
  },
  {
    code: 'event_digest_mismatch',
    class: 'refused',
    status: 422,
    title: 'Event data not covered by its digest',
    meaning:
      'An event whose type says that its digest is that of its data has other data: the log shows something else than what was measured.',
    cause:
      'A log that was edited between guest and service, or a firmware that writes such events otherwise than the TCG prescribes.',
    remedy:
      'List the events with `assay inspect --event-log` and send the log exactly as the kernel hands it out; where the firmware itself writes it so, leave the log out and register the registers.',
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
