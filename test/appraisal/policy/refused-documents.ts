/** Documents that are no policy: what is wrong, the document, where the refusal says so. */
const snp = (section: object) => ({ name: 'mine', snp: section });
const common = (section: object) => ({ name: 'mine', common: section });
const tdx = (section: object) => ({ name: 'mine', tdx: section });

export const REFUSED_DOCUMENTS: readonly (readonly [what: string, document: unknown, path: string])[] = [
  ['no object', null, 'the document'],
  ['no name', {}, 'name'],
  ['a name with a line end', { name: 'mine\n' }, 'name'],
  ['an unknown member', { name: 'mine', cca: {} }, 'cca: unknown member'],
  ['an unknown rule', snp({ vmpls: [0] }), 'snp.vmpls: unknown member'],
  ['a rule on debugging', snp({ policy_bits: { debug: 'any' } }), 'snp.policy_bits.debug: unknown member'],
  [
    'a demand for a migration agent',
    snp({ policy_bits: { migrate_ma: 'required' } }),
    'snp.policy_bits.migrate_ma',
  ],
  [
    'a ban on the alias check',
    snp({ platform_bits: { alias_check_complete: 'forbidden' } }),
    'alias_check_complete',
  ],
  ['a word that is no rule', snp({ platform_bits: { ecc_en: 'on' } }), 'snp.platform_bits.ecc_en'],
  ['a number where a list belongs', snp({ vmpl: 0 }), 'snp.vmpl'],
  ['no privilege level at all', snp({ vmpl: [] }), 'snp.vmpl'],
  ['a privilege level of the host', snp({ vmpl: [4] }), 'snp.vmpl.0'],
  ['a report version not verified', snp({ report_versions: [6] }), 'snp.report_versions.0'],
  ['a product without root', snp({ products: ['Venice'] }), 'snp.products.0'],
  [
    'a status word of another vendor',
    common({ accepted_tcb_statuses: ['Revoked'] }),
    'common.accepted_tcb_statuses.0',
  ],
  ['a pattern for bulletins', common({ accepted_advisories: ['AMD-SB-.*'] }), 'common.accepted_advisories.0'],
  [
    'a bulletin with a line end',
    common({ accepted_advisories: ['AMD-SB-3027\n'] }),
    'common.accepted_advisories.0',
  ],
  [
    'a floor above a byte',
    snp({ tcb_floors: [{ cpuid: '19/01/1', tcb: { snp: 256 } }] }),
    'snp.tcb_floors.0.tcb.snp',
  ],
  [
    'a microcode floor by product',
    snp({ tcb_floors: [{ product: 'Milan', tcb: { microcode: 1 } }] }),
    'snp.tcb_floors.0.tcb.microcode: is numbered per stepping',
  ],
  [
    'a floor for cpuid and product',
    snp({ tcb_floors: [{ product: 'Milan', cpuid: '19/01/1', tcb: { snp: 1 } }] }),
    'snp.tcb_floors.0: either a cpuid or a product',
  ],
  [
    'a firmware floor for nobody',
    snp({ firmware_floors: [{ minimum: '1.55.1' }] }),
    'snp.firmware_floors.0: either',
  ],
  [
    'one chip in both of its forms',
    snp({ chips_denied: ['ab'.repeat(8), `${'ab'.repeat(8)}${'0'.repeat(112)}`] }),
    'snp.chips_denied: every value once',
  ],
  ['an empty floor', snp({ tcb_floors: [{ cpuid: '19/01/1', tcb: {} }] }), 'snp.tcb_floors.0.tcb'],
  [
    'a processor written otherwise',
    snp({ tcb_floors: [{ cpuid: '19/1/1', tcb: { snp: 1 } }] }),
    'snp.tcb_floors.0.cpuid',
  ],
  [
    'two floors for one processor',
    snp({
      tcb_floors: [
        { cpuid: '19/01/1', tcb: { snp: 1 } },
        { cpuid: '19/01/1', tcb: { snp: 2 } },
      ],
    }),
    'snp.tcb_floors',
  ],
  ['a firmware version in hex', snp({ minimum_firmware: '1.37.1f' }), 'snp.minimum_firmware'],
  ['a firmware version above a byte', snp({ minimum_firmware: '1.55.256' }), 'snp.minimum_firmware'],
  ['a bit that no vector has', snp({ mitigation_bits: [64] }), 'snp.mitigation_bits.0'],
  ['a chip in capitals', snp({ chips_denied: ['AB'.repeat(64)] }), 'snp.chips_denied.0'],
  ['half a key digest', snp({ trusted_id_keys: ['ab'.repeat(24)] }), 'snp.trusted_id_keys.0'],
  ['an SVN above 32 bits', snp({ minimum_guest_svn: 2 ** 32 }), 'snp.minimum_guest_svn'],
  ['a grace for nothing', common({ grace: { until: '2026-12-31T00:00:00Z' } }), 'common.grace: at least one'],
  ['a grace without end', common({ grace: { statuses: ['OutOfDate'] } }), 'common.grace.until'],
  [
    'a grace until a day',
    common({ grace: { statuses: ['OutOfDate'], until: '2026-12-31' } }),
    'common.grace.until',
  ],
  [
    'a grace until 31 February',
    common({ grace: { statuses: ['OutOfDate'], until: '2027-02-31T00:00:00Z' } }),
    'common.grace.until: an instant that exists',
  ],
  [
    'a grace for Revoked',
    common({ grace: { statuses: ['Revoked'], until: '2026-12-31T00:00:00Z' } }),
    'common.grace.statuses.0',
  ],
  ['a date in February that is none', common({ minimum_tcb_date: '2026-02-30' }), 'common.minimum_tcb_date'],
  ['an instant for a date', common({ minimum_tcb_date: '2026-02-03T00:00:00Z' }), 'common.minimum_tcb_date'],
  [
    'one of Intel’s advisories accepted',
    common({ accepted_advisories: ['INTEL-SA-00960'] }),
    'common.accepted_advisories.0',
  ],
  ['a grace of no hours', common({ stale_endorsements: { hours: 0 } }), 'common.stale_endorsements.hours'],
  [
    'a grace beyond thirty days',
    common({ stale_endorsements: { hours: 721 } }),
    'common.stale_endorsements.hours',
  ],
  ['half an hour', common({ stale_endorsements: { hours: 0.5 } }), 'common.stale_endorsements.hours'],
  ['days for hours', common({ stale_endorsements: { days: 2 } }), 'common.stale_endorsements'],
  ['a platform rule that is none', common({ platforms: 'mine' }), 'common.platforms'],
  ['a reason for no section', { name: 'mine', reasons: { cca: 'why' } }, 'reasons'],
  ['an XFAM bit beyond 63', tdx({ xfam: { required: [64] } }), 'tdx.xfam.required.0'],
  ['an unknown TDX rule', tdx({ fmspc: null }), 'tdx.fmspc: unknown member'],
  ['Revoked accepted', common({ accepted_tcb_statuses: ['Revoked'] }), 'common.accepted_tcb_statuses.0'],
  ['no status at all', common({ accepted_tcb_statuses: [] }), 'common.accepted_tcb_statuses'],
  [
    'a status in lower case',
    common({ accepted_tcb_statuses: ['uptodate'] }),
    'common.accepted_tcb_statuses.0',
  ],
  ['an advisory that is none', common({ denied_advisories: ['SA-00960'] }), 'common.denied_advisories.0'],
  [
    'a negative evaluation number',
    common({ minimum_evaluation_number: -1 }),
    'common.minimum_evaluation_number',
  ],
  ['an FMSPC in capitals', tdx({ fmspcs: ['00806F050000'] }), 'tdx.fmspcs.0'],
  ['an FMSPC cut short', tdx({ fmspcs: ['00806f0500'] }), 'tdx.fmspcs.0'],
  [
    'a module floor above a byte',
    tdx({ module_floors: [{ major: 1, isvsvn: 256 }] }),
    'module_floors.0.isvsvn',
  ],
  [
    'two floors for one major version',
    tdx({
      module_floors: [
        { major: 1, isvsvn: 4 },
        { major: 1, isvsvn: 5 },
      ],
    }),
    'tdx.module_floors',
  ],
  ['a rule on DEBUG', tdx({ attributes: { debug: 'any' } }), 'tdx.attributes.debug: unknown member'],
  ['a rule on a reserved bit', tdx({ attributes: { bit_18: 'any' } }), 'tdx.attributes.bit_18'],
  ['a demand for migration', tdx({ attributes: { migratable: 'required' } }), 'tdx.attributes.migratable'],
  ['a ban on SEPT_VE_DISABLE', tdx({ attributes: { sept_ve_disable: 'forbidden' } }), 'sept_ve_disable'],
  ['half a service TD', tdx({ service_tds: ['ab'.repeat(24)] }), 'tdx.service_tds.0'],
  ['a word that is no platform rule', tdx({ platform: { smt_enabled: false } }), 'tdx.platform.smt_enabled'],
  [
    'a platform instance of 15 bytes',
    tdx({ platform_instances_allowed: ['ab'.repeat(15)] }),
    'tdx.platform_instances_allowed.0',
  ],
  [
    'a platform instance twice',
    tdx({ platform_instances_denied: ['ab'.repeat(16), 'ab'.repeat(16)] }),
    'tdx.platform_instances_denied',
  ],
];
