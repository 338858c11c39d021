/** SEV-SNP refusal codes: who asked for the report, and what the guest and platform permit. */
export const SNP_POLICY_REFUSALS = [
  {
    code: 'snp_chip_id_masked',
    class: 'denied',
    status: 403,
    title: 'Masked chip id',
    meaning:
      'The report’s chip id is zero although a VCEK signed it, so no machine can be pinned or blocked.',
    cause: 'The host’s operator turned MASK_CHIP_ID on.',
    remedy:
      'Have the host’s operator turn MASK_CHIP_ID off (`snphost config set` without it), or set `allow_masked_chip_id` in a policy of your own.',
  },
  {
    code: 'snp_chip_denied',
    class: 'denied',
    status: 403,
    title: 'Chip not permitted',
    meaning: 'The chip is on the policy’s deny list, or there is an allow list without it.',
    cause:
      'A new machine that nobody added, a machine that was blocked, or evidence borrowed from a machine that is not yours.',
    remedy:
      'Check who owns the machine with the chip id in `observed`; add it to `chips_allowed` only if you do.',
  },
  {
    code: 'snp_csp_id_not_allowed',
    class: 'denied',
    status: 403,
    title: 'Cloud provider not permitted',
    meaning: 'The VLEK belongs to a cloud provider or region that the policy’s `csp_ids` does not list.',
    cause: 'A guest launched in another region than planned, or a policy with an incomplete list.',
    remedy:
      'Launch the guest in a listed region, or add the value in `observed` (for example `CN=cc-us-east-2.amazonaws.com`) to `csp_ids`.',
  },
  {
    code: 'snp_vmpl_not_allowed',
    class: 'denied',
    status: 403,
    title: 'Privilege level not permitted',
    meaning:
      'The report was asked for from a VM privilege level that the policy does not accept; `standard` accepts only 0.',
    cause:
      'A guest tool that asks for VMPL 1 by default, or code below a paravisor or SVSM, which shares the measurement but not the trust.',
    remedy:
      'Ask for the report at VMPL 0: in configfs-tsm write 0 to the entry’s privilege level before the report data (`echo 0 > /sys/kernel/config/tsm/report/NAME/privlevel`, then write `inblob`), or run `snpguest report report.bin request.bin --vmpl 0`; where a paravisor holds VMPL 0 on purpose, a policy of your own lists your level in `vmpl`.',
  },
  {
    code: 'snp_host_requested_report',
    class: 'refused',
    status: 422,
    title: 'Report made for the host',
    meaning:
      'The report was asked for by the host and not by the guest, so its REPORT_DATA is not the guest’s word.',
    cause: 'A report taken on the host’s side, or a host that tries to speak in the guest’s name.',
    remedy: 'Make the report inside the guest through configfs-tsm or `/dev/sev-guest`.',
  },
  {
    code: 'snp_policy_debug',
    class: 'denied',
    status: 403,
    title: 'Debugging permitted',
    meaning: 'The guest’s policy lets the host read and write its memory, so nothing in it is confidential.',
    cause: 'A guest launched with the debug bit (19) for development.',
    remedy:
      'Launch the guest again with bit 19 of the guest policy clear (QEMU: `policy=0x30000`), and replace every secret that the debug guest held.',
  },
  {
    code: 'snp_policy_migration_agent',
    class: 'denied',
    status: 403,
    title: 'Migration agent permitted',
    meaning:
      'A migration agent may be bound, or is bound, to the guest, and could move its state to a place that was not verified.',
    cause: 'A provider that launches with bit 18 set (Google does), or a guest set up for live migration.',
    remedy:
      'Launch with bit 18 of the guest policy clear; if you trust this provider’s agent, a policy of your own sets `snp.policy_bits.migrate_ma` to `any`.',
  },
  {
    code: 'snp_policy_smt',
    class: 'denied',
    status: 403,
    title: 'Simultaneous multithreading permitted',
    meaning:
      'The guest’s policy lets it run where threads of other guests may share its cores, and your policy forbids that.',
    cause: 'A guest launched with bit 16 set, the default of most launchers.',
    remedy:
      'Launch with bit 16 of the guest policy clear on a host with SMT off, or set `policy_bits.smt` to `any`.',
  },
  {
    code: 'snp_policy_cxl',
    class: 'denied',
    status: 403,
    title: 'CXL memory permitted',
    meaning:
      'The guest’s policy lets it use memory or devices behind CXL, outside the processor’s own controllers.',
    cause: 'A guest launched with bit 21 set.',
    remedy: 'Launch with bit 21 of the guest policy clear, or set `policy_bits.cxl_allow` to `any`.',
  },
  {
    code: 'snp_policy_required_bit_missing',
    class: 'denied',
    status: 403,
    title: 'Guest policy lacks a demand',
    meaning: 'The guest does not insist on a protection that your policy wants it to insist on.',
    cause:
      'A launcher that leaves the optional bits (20, 22 to 25: single socket, AES-256-XTS, RAPL off, ciphertext hiding, page swap disabled) clear.',
    remedy:
      'Set the bit that `expected` names in the guest policy at launch; the host must support it, or the launch fails.',
  },
  {
    code: 'snp_platform_alias_check_missing',
    class: 'denied',
    status: 403,
    title: 'No memory alias check',
    meaning:
      'The platform did not check its memory for aliases since reset (ALIAS_CHECK_COMPLETE), as it must against BadRAM.',
    cause: 'Firmware older than AMD-SB-3015, or a memory module that lies about its size.',
    remedy:
      'Have the host’s operator update BIOS and SEV firmware (1.55.22 on Milan, 1.55.38 on Genoa, or later) and restart it.',
  },
  {
    code: 'snp_platform_bit_forbidden',
    class: 'denied',
    status: 403,
    title: 'Forbidden platform feature on',
    meaning: 'PLATFORM_INFO shows a feature that the policy forbids, or a bit that is not known here.',
    cause: 'SMT, TSME or trusted I/O turned on at the host, or firmware newer than this build.',
    remedy:
      'Have the feature that `observed` names turned off at the host, or set its rule in `platform_bits` (unknown bits: `allow_unknown_platform_bits`) after reading what it does.',
  },
  {
    code: 'snp_platform_bit_required',
    class: 'denied',
    status: 403,
    title: 'Required platform feature off',
    meaning: 'PLATFORM_INFO does not show a protection that the policy requires.',
    cause:
      'ECC memory, RAPL limits, ciphertext hiding or IOMMU write safety not enabled in the host’s firmware, or not there on this product.',
    remedy:
      'Have the feature that `expected` names enabled in the host’s firmware, or lower its rule in `platform_bits` to `any`.',
  },
  {
    code: 'snp_tcb_status_not_accepted',
    class: 'denied',
    status: 403,
    title: 'Firmware with known vulnerabilities',
    meaning:
      'By AMD’s bulletins the platform’s firmware or microcode has a status that the policy does not accept, a bulletin that it denies, or an older date than it asks for.',
    cause:
      'A host that was not updated, or whose operator did not commit the update, or a grace of the policy that is over; the check names the bulletins.',
    remedy:
      'Have BIOS, microcode and SEV firmware updated and committed (`snphost commit`) and the guest started again; a policy of your own accepts a finding knowingly with `common.accepted_advisories`, or for a time with `common.grace`.',
  },
  {
    code: 'snp_tcb_below_minimum',
    class: 'denied',
    status: 403,
    title: 'TCB below the policy’s floor',
    meaning:
      'A component of the reported, committed or launch TCB is lower than the policy’s own floor for this processor.',
    cause: 'A host behind on updates, or a guest that was launched before the update and never restarted.',
    remedy:
      'Update and commit the host’s firmware, restart the guest so that its launch TCB is the new one, or correct `tcb_floors`.',
  },
  {
    code: 'snp_firmware_below_minimum',
    class: 'denied',
    status: 403,
    title: 'SEV firmware below the policy’s floor',
    meaning: 'The committed SEV firmware is older than the policy’s `minimum_firmware`.',
    cause:
      'Old firmware, or new firmware that is loaded but not committed; AMD’s bulletins often print these versions in hex.',
    remedy:
      'Load the newer firmware and commit it with `snphost commit`; write `minimum_firmware` in decimal (`1.37.31` hex is `1.55.49`).',
  },
  {
    code: 'snp_firmware_provisional',
    class: 'denied',
    status: 403,
    title: 'Uncommitted firmware',
    meaning:
      'The running firmware is not committed, so the host could still go back to an older one, and the policy forbids that.',
    cause: 'A live update without a commit, which is usual on AWS and Azure.',
    remedy:
      'Have the host’s operator run `snphost commit`, or set `allow_provisional_firmware` for clouds that never commit at once.',
  },
  {
    code: 'snp_mitigation_missing',
    class: 'denied',
    status: 403,
    title: 'Mitigation not in force',
    meaning:
      'A mitigation bit that the policy asks for is not set both at launch and now; before report version 5 it cannot be known.',
    cause:
      'A guest launched before the mitigation, a host that did not verify it after a live update, or a report without these fields.',
    remedy:
      'Update the host, have it verify the mitigations (SNP_VERIFY_MITIGATION), and start the guest again.',
  },
  {
    code: 'host_data_mismatch',
    class: 'denied',
    status: 403,
    title: 'Unexpected host data',
    meaning:
      'HOST_DATA, the configuration digest that the host set at launch, is not the value that the reference value names.',
    cause:
      'Another configuration (init data) given at launch, or a reference value that was not renewed with it.',
    remedy:
      'Launch with the intended configuration, or register its digest as `host_data` of a new reference version.',
  },
  {
    code: 'snp_id_key_not_trusted',
    class: 'denied',
    status: 403,
    title: 'Untrusted ID key',
    meaning:
      'The guest was not launched under an ID block signed by a key that the policy or the reference value trusts.',
    cause: 'No ID block at launch (the digest is zero), or one signed by somebody else.',
    remedy:
      'Launch with the ID block and ID auth of your own key, and list its SHA-384 digest in `trusted_id_keys`.',
  },
  {
    code: 'snp_author_key_not_trusted',
    class: 'denied',
    status: 403,
    title: 'Untrusted author key',
    meaning: 'No author key that the policy or the reference value trusts stands behind the guest’s ID key.',
    cause: 'An ID auth structure without author key, or with the key of another publisher.',
    remedy:
      'Have the publisher’s author key sign the ID key, and list the author key’s SHA-384 digest in `trusted_author_keys`.',
  },
  {
    code: 'snp_guest_svn_below_minimum',
    class: 'denied',
    status: 403,
    title: 'Guest image too old',
    meaning:
      'The guest’s security version, or its family or image id, is not what the policy or the reference value asks for.',
    cause:
      'An outdated image, an ID block made for another image family, or no ID block at all (all three are zero then).',
    remedy:
      'Launch the current image with its own ID block, or correct `minimum_guest_svn`, `family_id` and `image_id`.',
  },
] as const;
