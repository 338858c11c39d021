/** Whether a vendor document is as Intel writes it: the strictness of a reader that dcap-qvl does not have. */
import type { Facts } from './facts.js';

const STATUSES = {
  platform:
    /^(?:UpToDate|SWHardeningNeeded|Configuration(?:AndSWHardening)?Needed|OutOfDate(?:ConfigurationNeeded)?|Revoked)$/u,
  component: /^(?:UpToDate|OutOfDate|Revoked)$/u,
};

/** Every name that Intel's documents have, at whatever depth. */
const NAMES = new Set(
  (
    'tcbInfo enclaveIdentity signature id version issueDate nextUpdate fmspc pceId tcbType ' +
    'tcbEvaluationDataNumber tdxModule tdxModuleIdentities mrsigner attributes attributesMask tcbLevels tcb ' +
    'sgxtcbcomponents tdxtcbcomponents svn category type pcesvn isvsvn tcbDate tcbStatus advisoryIDs miscselect ' +
    'miscselectMask isvprodid'
  ).split(' '),
);

/** What is odd about the documents, in words; empty: nothing. */
export function oddForms({ info, identity, infoText, identityText }: Facts): readonly string[] {
  const odd = [...oddText(infoText), ...oddText(identityText)];
  const modules = (info.tdxModuleIdentities ?? []).flatMap(({ tcbLevels }) => tcbLevels);
  const known = (levels: readonly { readonly tcbStatus: string }[], words: RegExp) =>
    levels.every(({ tcbStatus }) => words.test(tcbStatus));
  if (!known(info.tcbLevels, STATUSES.platform)) odd.push('unknown status of a platform');
  if (!known([...identity.tcbLevels, ...modules], STATUSES.component))
    odd.push('unknown status of a component');
  const counts = info.tcbLevels.flatMap(({ tcb }) => [
    tcb.sgxtcbcomponents.length,
    tcb.tdxtcbcomponents.length,
  ]);
  if (counts.some((count) => count !== 16)) odd.push('not 16 components');
  const ids = (info.tdxModuleIdentities ?? []).map(({ id }) => id.toUpperCase());
  if (new Set(ids).size < ids.length) odd.push('two identities of one module');
  const ranks = info.tcbLevels.map(({ tcb }) =>
    JSON.stringify([tcb.sgxtcbcomponents, tcb.pcesvn, tcb.tdxtcbcomponents]),
  );
  if (new Set(ranks).size < ranks.length) odd.push('two levels of one rank');
  if ('tcbType' in info && info.tcbType !== 0) odd.push('another way of comparing');
  return odd;
}

function oddText(text: string): string[] {
  const odd: string[] = [];
  const names = [...text.matchAll(/"([^"]*)":/gu)].map(([, name = '']) => name);
  if (names.some((name) => !NAMES.has(name))) odd.push('unknown member');
  const compact = text.replaceAll(/(?<=[,:{[])\s+/gu, '');
  if (JSON.stringify(JSON.parse(text)) !== compact) odd.push('a member that stands twice');
  if (!/,"signature":"[0-9a-f]{128}"\}$/u.test(text)) odd.push('signature in other digits');
  return odd;
}
