/** The chain of trust as a tree: each link with the checks that hold it, and the documents it rests on. */
import { reservations } from '../../rats/check.js';
import type { RefusalCode } from '../../rats/refusal.js';
import type { CheckResult, EndorsementUsed, JsonObject, Verdict } from '../../rats/result.js';
import type { Colours } from '../terminal.js';

/** What a link is called, and what is said of it when everything held. */
interface Caption {
  readonly name: string;
  readonly says: string;
}

interface Link extends Caption {
  /** The same for genuine evidence, whose claims tell who signed it; null where they do not. */
  readonly genuine?: (claims: JsonObject) => Caption | null;
  /** What holds this link; the first that fails is named beside it. */
  readonly checks: readonly RefusalCode[];
  /** Those of them that do not apply to every key: not having run, they leave nothing open. */
  readonly mayNotApply?: readonly RefusalCode[];
  /** Kinds of endorsements whose windows are shown. */
  readonly documents: readonly string[];
  /** Revocation lists that speak about it. */
  readonly lists: readonly string[];
}

/** From the root to the bytes, by the TEE's own name and that of its envelopes. */
const CHAINS: Readonly<Record<string, readonly Link[]>> = {
  'sev-snp': [
    {
      name: 'AMD root key (ARK)',
      checks: ['snp_chain_untrusted'],
      documents: ['snp-ark'],
      lists: [],
      says: 'the anchor',
      genuine: ({ product }) => captioned(`AMD root key ARK-${product}`, 'the anchor'),
    },
    {
      name: 'intermediate',
      checks: [
        'snp_chain_signature_invalid',
        'collateral_unavailable',
        'collateral_malformed',
        'snp_crl_signature_invalid',
        'clock_skew',
        'snp_crl_stale',
        'snp_ca_revoked',
      ],
      documents: ['snp-ask', 'snp-asvk'],
      lists: ['snp-vcek-crl', 'snp-vlek-crl'],
      says: 'signed by the root',
      genuine: ({ product, signing_key: key }) =>
        captioned(key === 'VLEK' ? `ASVK SEV-VLEK-${product}` : `ASK SEV-${product}`, 'signed by the root'),
    },
    {
      name: 'chip or provider key',
      checks: [
        'snp_vek_missing',
        'snp_kds_unavailable',
        'snp_cert_expired',
        'snp_cert_not_yet_valid',
        'snp_vek_key_invalid',
        'snp_vek_extension_invalid',
        'snp_vek_kind_mismatch',
        'snp_tcb_cert_mismatch',
        'snp_chip_id_mismatch',
        'snp_product_mismatch',
      ],
      mayNotApply: ['snp_kds_unavailable', 'snp_chip_id_mismatch'],
      documents: ['snp-vek'],
      lists: [],
      says: 'made for this chip or provider at this TCB',
      genuine: leafCaption,
    },
    {
      name: 'report',
      checks: ['snp_signature_invalid', 'snp_tcb_inconsistent', 'snp_host_requested_report'],
      documents: [],
      lists: [],
      says: 'signed by that key',
    },
    {
      name: 'REPORT_DATA',
      checks: ['report_data_mismatch'],
      documents: [],
      lists: [],
      says: 'the 64 bytes that were expected',
    },
  ],
};

/** Lines of the tree; none for evidence that was never recognised. */
export function renderChain(verdict: Verdict, colours: Colours): readonly string[] {
  const links = verdict.tee === null ? undefined : CHAINS[verdict.tee.replace(/^az-/u, '')];
  if (links === undefined) return [];
  const rows = links.map((link) => ({ link, caption: captionOf(link, verdict) }));
  const width = Math.max(...rows.map(({ caption }, depth) => depth * 3 + caption.name.length));
  return rows.map(({ link, caption: { name, says } }, depth) => {
    const branch = depth === 0 ? '' : `${'   '.repeat(depth - 1)}└─ `;
    const { mark, text } = stateOf(link, says, verdict, colours);
    const padding = ' '.repeat(width - depth * 3 - name.length);
    return `${colours.dim(branch)}${mark} ${name}${padding}  ${text}`;
  });
}

function captionOf(link: Link, { authentic, claims }: Verdict): Caption {
  const genuine = authentic === true && claims !== null ? link.genuine?.(claims) : null;
  return genuine ?? link;
}

function captioned(name: string, says: string): Caption {
  return { name, says };
}

/** A VLEK belongs to a provider; of a VCEK the chip is named unless the host masks it. */
function leafCaption({ signing_key: key, csp_id: provider, chip_id: chip }: JsonObject): Caption {
  if (key === 'VLEK') return captioned('provider key VLEK', `made for ${provider} at this TCB`);
  const masked = typeof chip === 'string' && /^0*$/u.test(chip);
  return captioned('chip key VCEK', `made for ${masked ? 'a chip' : 'this chip'} at this TCB`);
}

function stateOf(
  link: Link,
  says: string,
  verdict: Verdict,
  colours: Colours,
): { mark: string; text: string } {
  const checks = verdict.checks.filter(({ id }) => link.checks.includes(id));
  const failed = checks.find(({ outcome }) => outcome === 'fail');
  if (failed !== undefined) return { mark: colours.red('✗'), text: colours.red(failed.id) };
  const open = openedBy(link, checks, verdict.authentic);
  const facts = [windowsOf(link, verdict.endorsements), listsOf(link, verdict.endorsements)].filter(Boolean);
  if (open !== null) return { mark: colours.yellow('·'), text: [open, ...facts].join(', ') };
  return { mark: colours.green('✓'), text: colours.dim([says, ...facts].join(', ')) };
}

/**
 * Why a link without a failure has not held; null when it has. Genuine evidence was examined to the end, so only
 * a reservation is left; of other evidence nothing has held that the procedure never reached.
 */
function openedBy(
  { mayNotApply = [] }: Link,
  checks: readonly CheckResult[],
  authentic: boolean | null,
): string | null {
  if (checks.length === 0) return 'not reached';
  const open =
    authentic === true
      ? reservations(checks)
      : checks.filter(({ id, outcome }) => outcome === 'not_run' && !mayNotApply.includes(id));
  const [first] = open;
  return first === undefined ? null : (first.observed ?? 'not reached');
}

function windowsOf(link: Link, used: readonly EndorsementUsed[]): string {
  return used
    .filter(({ kind }) => link.documents.includes(kind))
    .map(({ not_before, not_after }) => `valid ${day(not_before)} to ${day(not_after)}`)
    .join(', ');
}

function listsOf(link: Link, used: readonly EndorsementUsed[]): string {
  return used
    .filter(({ kind }) => link.lists.includes(kind))
    .map(
      ({ not_before, not_after }) =>
        `not on the revocation list of ${day(not_before)} (until ${day(not_after)})`,
    )
    .join(', ');
}

function day(instant: string): string {
  return instant.slice(0, 10);
}
