/** SEV-SNP refusal codes: certificates, revocation, and the report’s signature. Source: AMD 57230; 56860. */
export const SNP_ENDORSEMENT_REFUSALS = [
  {
    code: 'snp_vek_missing',
    class: 'refused',
    status: 422,
    title: 'Missing signing certificate',
    meaning: 'No VCEK or VLEK certificate came with the evidence, and none can be looked up for it.',
    cause:
      'A VLEK report without its certificate table (AMD gives VLEK certificates to the cloud provider only), or a masked chip id, which leaves no name to look up.',
    remedy:
      'Send the certificate with the evidence: in the guest, `auxblob` of configfs-tsm or `snpguest certificates DER .` gives what the host supplies; add it as `certificates` (command line: `--cert vlek.der`).',
  },
  {
    code: 'snp_kds_unavailable',
    class: 'undecided',
    status: 503,
    title: 'Signing certificate not at hand',
    meaning:
      'The VCEK of this chip and TCB can be had from AMD, but it is neither with the evidence nor in the store.',
    cause:
      'Evidence without a certificate table, a certificate that nobody imported, and a key distribution service that cannot be reached, does not answer or is not asked, which the check says.',
    remedy:
      'Send the VCEK with the evidence, or fetch and import it: `curl -fsS --create-dirs -o amd/vcek.der "https://kdsintf.amd.com/vcek/v1/PRODUCT/CHIP_ID?blSPL=N&teeSPL=N&snpSPL=N&ucodeSPL=N"` (values from `assay inspect`; on Turin add `fmcSPL=N` and use the first 16 digits of the chip id), then `assay endorsements import amd`.',
  },
  {
    code: 'snp_kds_rate_limited',
    class: 'undecided',
    status: 503,
    title: 'Waiting for AMD’s key distribution service',
    meaning:
      'The VCEK of this chip and TCB is to be fetched from AMD, and it is not this chip’s turn yet: AMD’s service bears about one such request in ten seconds from one address.',
    cause:
      'Many chips seen for the first time at once, evidence without the certificate table that the host could supply, or another client of AMD’s service behind the same address.',
    remedy:
      'Retry after the seconds in `Retry-After`, when this chip’s turn has come; or send the VCEK with the evidence (`auxblob` of configfs-tsm or `snpguest certificates DER .`), which waits for nobody.',
  },
  {
    code: 'snp_chain_untrusted',
    class: 'refused',
    status: 422,
    title: 'Chain without trusted root',
    meaning: 'The certificates do not lead to a pinned AMD root key (ARK).',
    cause:
      'A certificate of another vendor or product line, an issuer missing from the chain, a root that is not AMD’s, or simulated evidence sent to the genuine issuer (or the reverse).',
    remedy:
      'Send the chain of the right product (`curl -fsS https://kdsintf.amd.com/vcek/v1/PRODUCT/cert_chain`, for a VLEK `/vlek/v1/…`); send simulated evidence to the issuer’s `/simulated` address only.',
  },
  {
    code: 'snp_chain_signature_invalid',
    class: 'refused',
    status: 422,
    title: 'Invalid certificate signature',
    meaning: 'A certificate of the chain is not signed by the one above it, or not in the way AMD signs.',
    cause: 'A forged or damaged certificate, or a leaf sent with another product’s intermediate.',
    remedy:
      'Fetch the certificates afresh from AMD, and check them with `openssl verify -CAfile ark.pem -untrusted ask.pem vcek.pem`.',
  },
  {
    code: 'snp_cert_expired',
    class: 'refused',
    status: 422,
    title: 'Expired certificate',
    meaning: 'A certificate of the evidence’s chain was no longer valid at the instant of judgement.',
    cause:
      'A VLEK that the cloud provider did not renew (they live a year), a cached old certificate, or a clock that is ahead.',
    remedy:
      'Fetch the certificate again and send the new one; to judge old evidence by its own time use `assay verify --at T` or `at` of `/v1/appraise`.',
  },
  {
    code: 'snp_cert_not_yet_valid',
    class: 'refused',
    status: 422,
    title: 'Certificate not valid yet',
    meaning: 'A certificate of the evidence’s chain begins to be valid only after the instant of judgement.',
    cause: 'A clock that is behind, or an instant in the past that was chosen too early.',
    remedy:
      'Check the clock (`timedatectl`), or choose an instant after the certificate’s notBefore (`openssl x509 -inform DER -noout -dates -in vcek.der`).',
  },
  {
    code: 'snp_crl_stale',
    class: 'undecided',
    status: 503,
    title: 'Outdated revocation list',
    meaning:
      'AMD’s revocation list at hand is past its nextUpdate, so a revocation since then would be missed.',
    cause: 'Nobody imported a newer list: AMD’s lists live from about six weeks (Turin) to about a year.',
    remedy:
      'Import a fresh list: `curl -fsS --create-dirs -o amd/vcek_crl.der https://kdsintf.amd.com/vcek/v1/PRODUCT/crl` (VLEK: `vlek` in place of `vcek`, twice), then `assay endorsements import amd`; put both commands into a daily timer.',
  },
  {
    code: 'snp_crl_signature_invalid',
    class: 'undecided',
    status: 503,
    title: 'Revocation list not signed by AMD',
    meaning:
      'The revocation list at hand is not signed by the root of this product line, so it says nothing.',
    cause: 'A list of another product saved under this one’s name, a damaged download, or a forgery.',
    remedy:
      'Remove the file, download the list of the right product again (`curl -fsS -o vcek_crl.der https://kdsintf.amd.com/vcek/v1/PRODUCT/crl`) and use that one.',
  },
  {
    code: 'snp_ca_revoked',
    class: 'refused',
    status: 422,
    title: 'Revoked issuer',
    meaning: 'AMD revoked the intermediate certificate (ASK or ASVK) that this chain goes through.',
    cause:
      'An old intermediate still cached by a host or a provider (AMD replaced the first Genoa one in 2022), or keys that AMD no longer stands by.',
    remedy:
      'Fetch the present chain with `curl -fsS https://kdsintf.amd.com/vcek/v1/PRODUCT/cert_chain` and a leaf issued under it; nothing signed under the revoked one will be accepted.',
  },
  {
    code: 'snp_vek_key_invalid',
    class: 'refused',
    status: 422,
    title: 'Unsuitable leaf key',
    meaning: 'The key in the leaf certificate is not an EC key on curve P-384, as VCEK and VLEK keys are.',
    cause: 'The wrong certificate was sent as leaf, an intermediate for example, or a forged one.',
    remedy:
      'Send the chip’s own certificate as leaf; `openssl x509 -inform DER -noout -text -in vcek.der` must show `secp384r1`.',
  },
  {
    code: 'snp_vek_extension_invalid',
    class: 'refused',
    status: 422,
    title: 'Invalid AMD certificate extension',
    meaning:
      'An extension by which AMD ties the leaf to a chip and a TCB is missing, doubled or wrongly encoded.',
    cause: 'A certificate that AMD did not make, or a kind of certificate that this build does not know.',
    remedy: 'Fetch the VCEK again from AMD; if the fresh one is refused too, keep it and report it.',
  },
  {
    code: 'snp_vek_kind_mismatch',
    class: 'refused',
    status: 422,
    title: 'Certificate of the other kind',
    meaning: 'The report says that a VCEK signed it and the leaf is a VLEK, or the other way round.',
    cause:
      'Both kinds exist on the host and the wrong one was attached; on AWS reports are signed with a VLEK.',
    remedy: 'Look at `signing_key` with `assay inspect FILE` and send the certificate of that kind.',
  },
  {
    code: 'snp_tcb_cert_mismatch',
    class: 'refused',
    status: 422,
    title: 'Certificate for another TCB',
    meaning:
      'The leaf certificate was issued for other security patch levels than the report’s REPORTED_TCB.',
    cause:
      'The host’s firmware was updated, or its reported TCB changed, and an older certificate is still cached.',
    remedy:
      'Fetch the VCEK for the report’s REPORTED_TCB (`snpguest fetch vcek der . report.bin`), and have the host’s operator refresh the cached certificates.',
  },
  {
    code: 'snp_chip_id_mismatch',
    class: 'refused',
    status: 422,
    title: 'Certificate of another chip',
    meaning: 'The chip id in the report is not the one in the VCEK.',
    cause:
      'The guest moved to another host and sent the certificate of the old one, or the files of two machines were mixed up.',
    remedy:
      'Fetch the VCEK on the machine that made the report, and send report and certificate from the same boot.',
  },
  {
    code: 'snp_signature_invalid',
    class: 'refused',
    status: 422,
    title: 'Invalid report signature',
    meaning: 'The report was not signed by the key in its certificate, or was changed after signing.',
    cause: 'Altered bytes, a certificate that fits by name but belongs to another key, or a forgery.',
    remedy:
      'Send the report byte for byte as the firmware gave it; if that fails too, treat the host as hostile.',
  },
  {
    code: 'snp_tcb_inconsistent',
    class: 'refused',
    status: 422,
    title: 'Contradictory firmware versions',
    meaning:
      'The report claims a REPORTED or COMMITTED firmware newer than the one running, which genuine firmware never does.',
    cause: 'A forged report, or firmware that no longer tells the truth.',
    remedy:
      'Take the host out of service and ask its operator for the firmware’s history; do not widen a policy for it.',
  },
] as const;
