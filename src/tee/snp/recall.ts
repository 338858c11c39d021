/**
 * A platform from the facts that `recollect` kept: the report as far as appraisal looks at it, judged by a table of
 * bulletins at any instant.
 */
import { bytesOfHex } from '../../bytes/encoding.js';
import { KeptJson } from '../../bytes/kept-json.js';
import type { EndorsementSet } from '../../rats/endorsement.js';
import { type RecalledEvidence, recallEvidence } from '../../rats/evidence.js';
import type { AnnouncedChange, RecalledPlatform, TrackDocuments } from '../../rats/recall.js';
import type { JsonObject } from '../../rats/result.js';
import { BULLETIN_REQUIREMENT, tableInForce } from './bulletin-file.js';
import { type BulletinTable, sourceOf } from './bulletin-table.js';
import { assessTcb } from './bulletins.js';
import { appraiseSnp } from './checks.js';
import { referenceFieldsOf } from './claims.js';
import { identityOf } from './identity-checks.js';
import { crlRequirement } from './kds.js';
import { bitSet, ECDSA_P384_SHA384, POLICY_BIT } from './layout.js';
import { cpuidText, SNP_PRODUCTS, type SnpProduct } from './product.js';
import { type Cpuid, chipIdMasked, type FirmwareVersion, type SnpReport } from './report.js';
import type { SigningKey, SnpSigner } from './signer.js';

/** Throws TypeError for facts of another form. */
export function recallReport(facts: JsonObject): RecalledPlatform {
  const kept = new KeptJson(facts);
  const claims = kept.object('claims');
  const product = productOf(claims.text('product'));
  const report = reportOf(claims);
  const signer = signerOf(kept, claims);
  const list = crlRequirement(signer.signingKey, product);
  return {
    tee: kept.text('tee'),
    referenceTee: 'sev-snp',
    identity: identityOf({ report, signer }),
    alike: alikeOf(facts, report),
    referenceFields: referenceFieldsOf(report),
    certificates: kept.objects('certificates').map((certificate) => ({
      kind: certificate.text('kind'),
      notAfter: certificate.instant('not_after'),
      code: 'snp_cert_expired',
    })),
    requirements: () => [list, BULLETIN_REQUIREMENT],
    lapsing: [{ ...list, code: 'snp_crl_stale' }],
    announced: (documents, from) => announcedTo(report, documents, from),
    judge: (documents, at) => {
      const { table } = tableInForce(documents);
      const tcb = assessTcb({ report, product, at, table });
      const evidence: RecalledEvidence = recallEvidence({
        tee: kept.text('tee'),
        referenceTee: 'sev-snp',
        generation: product.toLowerCase(),
        debug: bitSet(report.policy, POLICY_BIT.debug),
        measurement: claims.text('measurement'),
        claims: kept.json('claims'),
        referenceFields: referenceFieldsOf(report),
        platformIdentity: identityOf({ report, signer }),
        tcb,
        tierCap: kept.text('tier_cap') === 'affirming' ? 'affirming' : 'warning',
        demandChecks: () => [],
        appraise: (policy) => appraiseSnp({ report, product, signer, tcb, table, at, policy }),
      });
      return { kind: 'appraisable', evidence };
    },
  };
}

/** All that a policy may look at but which chip it is. */
function alikeOf({ tee, claims, revocation_checked, tier_cap }: JsonObject, report: SnpReport): string {
  const guest = { ...new KeptJson({ claims: claims ?? null }).json('claims'), chip_id: chipIdMasked(report) };
  return JSON.stringify([tee, guest, revocation_checked, tier_cap]);
}

/** Bulletins with a date to come, and a newer table from the month of its revision on, with those of its own. */
function announcedTo(
  report: SnpReport,
  { present: judging, later }: TrackDocuments,
  from: Date,
): readonly AnnouncedChange[] {
  const [present, coming] = [tableInForce(judging), tableInForce(later)];
  const change = Date.parse(coming.used.not_before);
  if (coming.used.sha256 === present.used.sha256 || change <= from.getTime()) {
    return bulletinsTo(report, { table: present.table, documents: judging, from });
  }
  const at = new Date(change);
  const what = `${sourceOf(coming.table)}, which is at hand, counts from the month of its revision on`;
  return [
    ...bulletinsTo(report, { table: present.table, documents: judging, from }).filter((one) => one.at < at),
    { cause: 'bulletins', at, what, documents: later },
    ...bulletinsTo(report, { table: coming.table, documents: later, from: at }),
  ];
}

/** Those with a row about this processor. */
function bulletinsTo(
  { cpuid }: SnpReport,
  {
    table,
    documents,
    from,
  }: { readonly table: BulletinTable; readonly documents: EndorsementSet; readonly from: Date },
): readonly (AnnouncedChange & { readonly at: Date })[] {
  const rows = cpuid === null ? table.rows : (table.byProcessor.get(cpuidText(cpuid)) ?? []);
  const dates = new Set(rows.map((row) => row.from).filter((at) => at > from.getTime()));
  return [...dates].map((at) => {
    const ids = new Set(rows.filter((row) => row.from === at).map(({ bulletin }) => bulletin));
    const what = `${[...ids].join(', ')} of ${sourceOf(table)} ${ids.size === 1 ? 'applies' : 'apply'} from its date on`;
    return { cause: 'bulletins', at: new Date(at), what, documents };
  });
}

function productOf(name: string): SnpProduct {
  const product = SNP_PRODUCTS.find((known) => known === name);
  if (product === undefined) throw new TypeError(`no product line is called ${name}`);
  return product;
}

function signerOf(kept: KeptJson, claims: KeptJson): SnpSigner {
  const signingKey: SigningKey = claims.text('signing_key') === 'VLEK' ? 'VLEK' : 'VCEK';
  return {
    signingKey,
    cspId: claims.orNull('csp_id', (from) => from.text('csp_id')),
    hwid: kept.orNull('hwid', (from) => bytesOfHex(from.text('hwid'))),
    revocationChecked: kept.flag('revocation_checked'),
  };
}

/** What claims do not tell is empty: signatures, REPORT_DATA, REPORT_ID. No check of the policy group reads them. */
function reportOf(claims: KeptJson): SnpReport {
  const none = new Uint8Array();
  const signingKey = claims.text('signing_key') === 'VLEK' ? 1 : 0;
  const authorKeyEnabled = claims.flag('author_key_enabled');
  return {
    signed: none,
    version: claims.integer('version'),
    guestSvn: claims.integer('guest_svn'),
    policy: claims.object('policy').word('raw'),
    familyId: claims.bytes('family_id', 16),
    imageId: claims.bytes('image_id', 16),
    vmpl: claims.integer('vmpl'),
    signatureAlgo: ECDSA_P384_SHA384,
    platformInfo: claims.object('platform_info').word('raw'),
    keyInfo: { raw: 0, authorKeyEnabled, maskChipKey: false, signingKey },
    reportData: none,
    measurement: claims.bytes('measurement', 48),
    hostData: claims.bytes('host_data', 32),
    idKeyDigest: claims.bytes('id_key_digest', 48),
    authorKeyDigest: claims.bytes('author_key_digest', 48),
    reportId: none,
    reportIdMa: claims.bytes('report_id_ma', 32),
    currentTcb: claims.object('current_tcb').bytes('raw', 8),
    reportedTcb: claims.object('reported_tcb').bytes('raw', 8),
    committedTcb: claims.object('committed_tcb').bytes('raw', 8),
    launchTcb: claims.object('launch_tcb').bytes('raw', 8),
    cpuid: claims.orNull('cpuid', (from) => cpuidOf(from.object('cpuid'))),
    chipId: claims.bytes('chip_id', 64),
    currentVersion: firmwareOf(claims.text('current_version')),
    committedVersion: firmwareOf(claims.text('committed_version')),
    launchMitVector: claims.orNull('launch_mit_vector', (from) => from.word('launch_mit_vector')),
    currentMitVector: claims.orNull('current_mit_vector', (from) => from.word('current_mit_vector')),
    etcb: null,
    signatureR: none,
    signatureS: none,
  };
}

function cpuidOf(kept: KeptJson): Cpuid {
  return {
    family: kept.integer('family'),
    model: kept.integer('model'),
    stepping: kept.integer('stepping'),
  };
}

/** `1.55.29`. */
function firmwareOf(text: string): FirmwareVersion {
  const [major, minor, build, ...more] = text.split('.').map(Number);
  if (major === undefined || minor === undefined || build === undefined || more.length > 0) {
    throw new TypeError(`${text} is no firmware version`);
  }
  return { major, minor, build };
}
