/** SEV-SNP refusal codes: the report’s own form, and which product made it. Source: AMD 56860, section 7.3. */
export const SNP_REPORT_REFUSALS = [
  {
    code: 'snp_report_malformed',
    class: 'malformed',
    status: 400,
    title: 'Malformed SEV-SNP report',
    meaning: 'The bytes do not have the form of an SEV-SNP report.',
    cause:
      'Fewer than 1184 bytes, a dump that begins in the wrong place, or bytes changed on the way (a text-mode transfer, for example).',
    remedy:
      'Read `outblob` of configfs-tsm again as binary (1184 bytes), and compare `sha256sum` of the file in the guest and where you send it from.',
  },
  {
    code: 'snp_report_version_unsupported',
    class: 'malformed',
    status: 400,
    title: 'Unsupported report version',
    meaning:
      'The report’s version is not one of 2 to 5, so the meaning of its bytes is not known for certain.',
    cause:
      'Firmware newer or older than this build knows; version 6 is known from the manual but not verified until a genuine sample exists.',
    remedy:
      'Upgrade this service when a release names the version; until then, ask the host’s operator for firmware that reports version 5.',
  },
  {
    code: 'snp_report_version_not_allowed',
    class: 'denied',
    status: 403,
    title: 'Report version excluded by policy',
    meaning: 'The report is genuine, but its version is not among the policy’s `report_versions`.',
    cause:
      'A host with old firmware: version 2 carries neither CPUID nor the alias check, and a strict policy asks for them.',
    remedy:
      'Update the host’s SEV firmware so that it reports version 3 or later, or list the version in `report_versions`.',
  },
  {
    code: 'snp_report_reserved_nonzero',
    class: 'malformed',
    status: 400,
    title: 'Reserved bytes in use',
    meaning:
      'Bytes that this report version reserves as zero are not zero; what they mean is unknown, so the report is not judged.',
    cause:
      'A report that was altered outside its signed part, padding added by a tool, or firmware with fields that this build does not know.',
    remedy:
      'Send the report exactly as the firmware returned it; if it was, keep the file and report it as a format that needs support.',
  },
  {
    code: 'snp_cert_table_malformed',
    class: 'malformed',
    status: 400,
    title: 'Malformed certificate table',
    meaning: 'The table after the report has entries out of bounds, duplicates, or no terminator.',
    cause:
      'A host that filled the table wrongly, or an `auxblob` that was cut or joined to the wrong report.',
    remedy:
      'Send the 1184 bytes of the report alone and add the certificates as `certificates` (command line: `--cert`).',
  },
  {
    code: 'snp_signature_algo_unsupported',
    class: 'refused',
    status: 422,
    title: 'Unsupported signature algorithm',
    meaning:
      'The report names a signature algorithm other than ECDSA P-384 with SHA-384, the only one defined.',
    cause: 'A forged or damaged report.',
    remedy: 'Make a new report in the guest; if it says the same, do not trust the host that it runs on.',
  },
  {
    code: 'snp_report_unsigned',
    class: 'refused',
    status: 422,
    title: 'Unsigned report',
    meaning: 'The report carries no signature: nobody vouches for its content.',
    cause:
      'The host masked the chip key (MASK_CHIP_KEY) or set the signing key to none, or the bytes come from a simulator.',
    remedy:
      'Have the host’s operator clear MASK_CHIP_KEY (`snphost config set` without the mask) and make a new report.',
  },
  {
    code: 'snp_signing_key_unknown',
    class: 'refused',
    status: 422,
    title: 'Unknown kind of signing key',
    meaning:
      'The report was signed with a kind of key other than VCEK and VLEK, whose certificates are not public.',
    cause: 'Newer firmware set to sign with the chip-secret VCEK, or a reserved value.',
    remedy:
      'Ask for the report with the VCEK or the VLEK (on Linux the host’s choice), and upgrade this service once other kinds can be verified.',
  },
  {
    code: 'snp_product_unsupported',
    class: 'refused',
    status: 422,
    title: 'Unsupported processor',
    meaning: 'The report comes from a processor family whose AMD root certificate is not pinned here.',
    cause: 'A processor newer than this build, or one that never had SEV-SNP.',
    remedy:
      'Run the guest on Milan, Genoa (Bergamo and Siena included) or Turin, or upgrade the service to a release that pins the new root.',
  },
  {
    code: 'snp_product_mismatch',
    class: 'refused',
    status: 422,
    title: 'Disagreement about the processor',
    meaning:
      'The report’s CPUID, the certificate’s issuer and its product name do not name the same product line.',
    cause:
      'A certificate of another machine, or an attempt to have the TCB read in another product’s layout.',
    remedy:
      'Fetch the certificate for this very report (`snpguest fetch vcek der . report.bin`) and send both together.',
  },
  {
    code: 'snp_product_not_allowed',
    class: 'denied',
    status: 403,
    title: 'Processor excluded by policy',
    meaning: 'The evidence is genuine, but the policy’s `products` does not list this product line.',
    cause:
      'A guest placed on another instance type than planned, or a policy that excludes Milan because its chip secrets can be extracted.',
    remedy:
      'Move the guest to a listed product line, or add this one to `products` if you accept what is known about it.',
  },
] as const;
