/** TDX refusal codes: how current the platform is, how the TD was set up, and whose platform it runs on. */
export const TDX_POLICY_REFUSALS = [
  {
    code: 'tdx_tcb_status_not_accepted',
    class: 'denied',
    status: 403,
    title: 'TCB status not accepted',
    meaning:
      'By Intel’s TCB info the platform has a status that the policy does not accept, or an older tcbDate than it asks for; `standard` accepts `UpToDate` only.',
    cause:
      'A host that was not updated or whose BIOS settings need a change; with `TDRelaunchAdvised`, a module that was updated under the running TD. The check names status, date and advisories.',
    remedy:
      'Have BIOS, microcode, TDX module and quoting service updated and the TD launched again; a policy of your own accepts a status knowingly with `common.accepted_tcb_statuses`, or for a time with `common.grace`.',
  },
  {
    code: 'tdx_advisory_not_accepted',
    class: 'denied',
    status: 403,
    title: 'Denied advisory applies',
    meaning:
      'Intel’s TCB info names for this platform an advisory that the policy’s `common.denied_advisories` lists.',
    cause: 'A host without the update that the advisory asks for, accepted otherwise by its status.',
    remedy:
      'Read the advisory at `https://www.intel.com/content/www/us/en/security-center/default.html`, have its update applied to the host, or take it out of `common.denied_advisories`.',
  },
  {
    code: 'tdx_fmspc_not_allowed',
    class: 'denied',
    status: 403,
    title: 'Platform family not permitted',
    meaning: 'The platform family (FMSPC) in the PCK certificate is not among the policy’s `fmspcs`.',
    cause: 'A guest placed on another processor or instance type than planned, or an incomplete list.',
    remedy:
      'Move the guest to a listed platform family, or add the value in `observed` to `fmspcs` of your policy.',
  },
  {
    code: 'tdx_debug_td',
    class: 'denied',
    status: 403,
    title: 'Debuggable TD',
    meaning:
      'The TD was created with DEBUG, profiling or a reserved bit of the low byte of TDATTRIBUTES: the host can look into it, so nothing in it is confidential.',
    cause: 'A TD launched for development, with `debug=on` for instance.',
    remedy:
      'Launch the TD again with bits 7:0 of TDATTRIBUTES clear (QEMU: `-object tdx-guest` without `debug=on`), and replace every secret that the debug TD held; no policy can lift this.',
  },
  {
    code: 'tdx_attributes_forbidden',
    class: 'denied',
    status: 403,
    title: 'TD attributes not permitted',
    meaning:
      'A bit of TDATTRIBUTES is not as the policy’s `attributes` ask, or a bit is set whose meaning is not known here.',
    cause:
      'SEPT_VE_DISABLE clear (older Azure guests have it so), MIGRATABLE set for live migration, or a TDX module newer than this build.',
    remedy:
      'Launch the TD with the bit that `observed` names as `expected` has it (QEMU: `sept-ve-disable=on`), or set its rule in `attributes` of a policy of your own to `any`; reserved bits cannot be permitted.',
  },
  {
    code: 'tdx_xfam_invalid',
    class: 'denied',
    status: 403,
    title: 'XFAM outside its masks',
    meaning:
      'XFAM, the processor features that the TD may use, lacks x87 or SSE, which are always on, or has a bit that is not known here, or does not have those that the policy’s `tdx.xfam` asks for.',
    cause: 'A processor feature newer than this build, or a module that does not check what it reports.',
    remedy:
      'Launch the TD with a CPU model without the feature that `observed` names, or upgrade this service when a release knows the bit.',
  },
  {
    code: 'tdx_platform_not_allowed',
    class: 'denied',
    status: 403,
    title: 'Platform not permitted',
    meaning:
      'The platform is on the policy’s deny list, missing on its allow list, or set up in a way (dynamic platform, cached keys, SMT) that the policy does not accept or that its PCK certificate does not tell.',
    cause:
      'A new machine that nobody listed, a machine that was blocked, evidence borrowed from a foreign machine, or a BIOS setting such as hyper-threading.',
    remedy:
      'Check whose machine has the platform instance id in `observed` and add it to `platform_instances_allowed` only if it is yours; for a setting, have the BIOS changed and the platform registered again, or set its rule in `platform` to `any`.',
  },
  {
    code: 'tdx_module_below_minimum',
    class: 'denied',
    status: 403,
    title: 'TDX module below the policy’s floor',
    meaning:
      'The TDX module that launched the TD, or the one running now, is older than `module_floors` of the policy ask, or of a major version that they do not list.',
    cause: 'A host whose module was not updated, or a TD launched before the update and never restarted.',
    remedy:
      'Have the host load the newer TDX module and launch the TD again, or add the module’s major version with its ISVSVN to `module_floors`.',
  },
  {
    code: 'tdx_service_td_not_allowed',
    class: 'denied',
    status: 403,
    title: 'Service TD bound',
    meaning:
      'A service TD, such as a migration TD, is bound to the guest, and its hash is not among the policy’s `service_tds`.',
    cause:
      'A provider that binds a migration TD to every guest, or one that was replaced by another version.',
    remedy:
      'Launch the TD without a service TD, or list the value in `observed` in `service_tds` after you verified what it is.',
  },
] as const;
