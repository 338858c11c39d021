/** The chain of trust as a tree: each link with the checks that hold it, and the documents it rests on. */
import type { RefusalCode } from '../../rats/refusal.js';
import type { CheckResult, EndorsementUsed, Verdict } from '../../rats/result.js';
import type { Colours } from '../terminal.js';

interface Link {
  readonly name: string;
  /** What holds this link; the first that fails is named beside it. */
  readonly checks: readonly RefusalCode[];
  /** Kinds of endorsements whose windows are shown. */
  readonly documents: readonly string[];
  /** Revocation lists that speak about it. */
  readonly lists: readonly string[];
  /** Said when everything held. */
  readonly says: string;
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
    },
    {
      name: 'intermediate',
      checks: ['snp_chain_signature_invalid', 'snp_ca_revoked', 'snp_crl_signature_invalid', 'snp_crl_stale'],
      documents: ['snp-ask', 'snp-asvk'],
      lists: ['snp-vcek-crl', 'snp-vlek-crl'],
      says: 'signed by the root',
    },
    {
      name: 'chip or provider key',
      checks: [
        'snp_vek_missing',
        'snp_cert_expired',
        'snp_cert_not_yet_valid',
        'snp_vek_key_invalid',
        'snp_vek_extension_invalid',
        'snp_vek_kind_mismatch',
        'snp_tcb_cert_mismatch',
        'snp_chip_id_mismatch',
        'snp_product_mismatch',
      ],
      documents: ['snp-vek'],
      lists: [],
      says: 'made for this chip or provider at this TCB',
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
  const width = Math.max(...links.map(({ name }, depth) => depth * 3 + name.length));
  return links.map((link, depth) => {
    const branch = depth === 0 ? '' : `${'   '.repeat(depth - 1)}└─ `;
    const { mark, text } = stateOf(link, verdict, colours);
    const padding = ' '.repeat(width - depth * 3 - link.name.length);
    return `${colours.dim(branch)}${mark} ${link.name}${padding}  ${text}`;
  });
}

function stateOf(link: Link, verdict: Verdict, colours: Colours): { mark: string; text: string } {
  const checks = verdict.checks.filter(({ id }) => link.checks.includes(id));
  const failed = checks.find(({ outcome }) => outcome === 'fail');
  if (failed !== undefined) return { mark: colours.red('✗'), text: colours.red(failed.id) };
  // What the procedure never reached has not held, even where some of its checks ran early.
  const open =
    checks.find(({ outcome }) => outcome === 'not_run') ?? (checks.length === 0 ? null : undefined);
  const facts = [windowsOf(link, verdict.endorsements), listsOf(link, verdict.endorsements)].filter(Boolean);
  if (open !== undefined) {
    return { mark: colours.yellow('·'), text: [reasonOf(open), ...facts].join(', ') };
  }
  return { mark: colours.green('✓'), text: colours.dim([link.says, ...facts].join(', ')) };
}

function reasonOf(check: CheckResult | null): string {
  return check?.observed ?? 'not reached';
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
