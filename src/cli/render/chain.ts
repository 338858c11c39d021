/** The chain of trust as a tree: each link with the checks that hold it, and the documents it rests on. */
import { reservations } from '../../rats/check.js';
import type { CheckResult, EndorsementUsed, Verdict } from '../../rats/result.js';
import type { Colours } from '../terminal.js';
import type { Caption, Link } from './chains/link.js';
import { SNP_CHAIN } from './chains/snp.js';
import { TDX_CHAIN } from './chains/tdx.js';
import { markOf } from './check.js';
import { wrap } from './wrap.js';

/** By the TEE's own name, which its envelopes share. */
const CHAINS: Readonly<Record<string, readonly Link[]>> = { 'sev-snp': SNP_CHAIN, tdx: TDX_CHAIN };

/** Lines of the tree; none for evidence that was never recognised. */
export function renderChain(verdict: Verdict, colours: Colours): readonly string[] {
  const links = verdict.tee === null ? undefined : CHAINS[verdict.tee.replace(/^az-/u, '')];
  if (links === undefined) return [];
  const rows = links.map((link) => ({ link, caption: captionOf(link, verdict) }));
  const width = Math.max(...rows.map(({ caption }, depth) => depth * 3 + caption.name.length));
  return rows.map(({ link, caption: { name, says } }, depth) => {
    const branch = depth === 0 ? '' : `${'   '.repeat(depth - 1)}└─ `;
    const { mark, text, paint } = stateOf(link, says, verdict, colours);
    const padding = ' '.repeat(width - depth * 3 - name.length);
    const indent = width + 6;
    const paragraph = wrap(text, indent)
      .map(paint)
      .join(`\n${' '.repeat(indent)}`);
    return `${colours.dim(branch)}${mark} ${name}${padding}  ${paragraph}`;
  });
}

function captionOf(link: Link, { authentic, claims }: Verdict): Caption {
  const genuine = authentic === true && claims !== null ? link.genuine?.(claims) : null;
  return genuine ?? link;
}

function stateOf(
  link: Link,
  says: string,
  verdict: Verdict,
  colours: Colours,
): { mark: string; text: string; paint: (line: string) => string } {
  const checks = verdict.checks.filter(({ id }) => link.checks.includes(id));
  const failed = checks.find(({ outcome }) => outcome === 'fail');
  if (failed !== undefined)
    return { mark: markOf(failed.id, colours), text: failed.id, paint: (line) => line };
  const open = openedBy(link, checks, verdict.authentic);
  const facts = [windowsOf(link, verdict.endorsements), listsOf(link, verdict.endorsements)].filter(Boolean);
  if (open !== null) {
    return { mark: colours.yellow('·'), text: [open, ...facts].join(', '), paint: (line) => line };
  }
  return { mark: colours.green('✓'), text: [says, ...facts].join(', '), paint: colours.dim };
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
    .map((one) => `valid ${day(one.not_before)} to ${day(one.not_after)}${graceOf(one)}`)
    .join(', ');
}

function listsOf(link: Link, used: readonly EndorsementUsed[]): string {
  return used
    .filter(({ kind }) => link.lists.includes(kind))
    .map(
      (one) =>
        `not on the revocation list of ${day(one.not_before)} (until ${day(one.not_after)}${graceOf(one)})`,
    )
    .join(', ');
}

/** Of a document past its end that counts all the same. */
function graceOf({ grace_until: until }: EndorsementUsed): string {
  return until === undefined ? '' : `, in grace until ${day(until)}`;
}

function day(instant: string): string {
  return instant.slice(0, 10);
}
