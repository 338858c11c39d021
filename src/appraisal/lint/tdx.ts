/** Section `tdx`, held against itself and the masks of XFAM. */
import type { TdxPolicy } from '../../rats/policy.js';
import type { VendorFacts } from '../../rats/vendor-facts.js';
import { emptyList, type Finding, finding, inBoth } from './finding.js';

export function lintTdx(tdx: TdxPolicy, facts: VendorFacts): readonly Finding[] {
  return [
    ...emptyList('tdx.fmspcs', tdx.fmspcs, 'platform family'),
    ...emptyList('tdx.module_floors', tdx.module_floors, 'TDX module'),
    ...emptyList('tdx.platform_instances_allowed', tdx.platform_instances_allowed, 'platform'),
    ...lintInstances(tdx),
    ...lintXfam(tdx, facts),
  ];
}

function lintInstances({
  platform_instances_allowed: allowed,
  platform_instances_denied: denied,
}: TdxPolicy): readonly Finding[] {
  const found = inBoth('tdx.platform_instances_denied', denied, allowed ?? [], () => ({
    severity: 'error',
    reason: 'is allowed as well; the denial wins',
  }));
  const none =
    allowed !== null && allowed.length > 0 && allowed.every((instance) => denied.includes(instance));
  return none
    ? [
        ...found,
        finding(
          'error',
          'tdx.platform_instances_allowed',
          'holds denied platforms alone, so none is accepted',
        ),
      ]
    : found;
}

function lintXfam({ xfam: { required, forbidden } }: TdxPolicy, { xfam }: VendorFacts): readonly Finding[] {
  const both = inBoth('tdx.xfam.forbidden', forbidden, required, () => ({
    severity: 'error',
    reason: 'is required as well: no TD is accepted',
  }));
  const impossible = required.flatMap((bit, place) =>
    xfam.allowed.includes(bit)
      ? []
      : [finding('error', `tdx.xfam.required.${place}`, `no TD may have bit ${bit} set: none is accepted`)],
  );
  const everywhere = forbidden.flatMap((bit, place) => {
    if (xfam.required.includes(bit)) {
      return [
        finding('error', `tdx.xfam.forbidden.${place}`, `every TD has bit ${bit} set: none is accepted`),
      ];
    }
    return xfam.allowed.includes(bit)
      ? []
      : [finding('warning', `tdx.xfam.forbidden.${place}`, `bit ${bit} is refused without that`)];
  });
  return [...both, ...impossible, ...everywhere];
}
