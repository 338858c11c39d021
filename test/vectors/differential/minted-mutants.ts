/** TDs of the miniature Intel, each with one or two things otherwise and everything signed: content decides. */
import {
  intelAnchorsOf,
  LEVEL_STATUSES,
  mintTd,
  type SimulatedIntel,
  type TdOptions,
} from '../../../src/simulator/index.js';
import type { Chance } from './chance.js';
import { DOCUMENT_TOPICS } from './minted-documents.js';
import { FORM_TOPICS } from './minted-forms.js';
import { PLATFORM_TOPICS } from './minted-platforms.js';
import type { Material } from './opinions.js';
import type { Topic, Variation } from './topic.js';

export const TOPICS: readonly Topic[] = [...PLATFORM_TOPICS, ...FORM_TOPICS, ...DOCUMENT_TOPICS];

/** Every other mutant is of a platform that is up to date, so that what else is otherwise shows. */
function platformOf(chance: Chance): NonNullable<Variation['options']> {
  const quoteVersion = chance.pick([4, 5] as const);
  return {
    quoteVersion,
    ...(quoteVersion === 5 ? { bodyType: chance.pick([2, 3] as const) } : {}),
    level: chance.once(2) ? 'UpToDate' : chance.pick([...LEVEL_STATUSES, 'none'] as const),
    module: chance.pick([{}, {}, { major: 0 }, { major: 3, isvSvn: 4 }, { isvSvn: 6 }]),
    qeIsvSvn: chance.pick([4, 4, 4, 5, 3]),
  };
}

/** Number `index` of them; the same in every run but for keys, serial numbers and measurements. `given`: of every TD. */
export async function mintedMutant(
  index: number,
  chance: Chance,
  intel: SimulatedIntel,
  at: Date,
  given: Partial<TdOptions> = {},
): Promise<Material> {
  const topics = [TOPICS[index % TOPICS.length] ?? chance.pick(TOPICS), chance.pick(TOPICS)];
  const [first, second] = topics.map(({ vary }) => vary(chance, intel, at));
  const joined = first && second && chance.once(3) && !collide(first, second) ? [first, second] : [first];
  const options = Object.assign({}, platformOf(chance), given, ...joined.map((one) => one?.options ?? {}));
  const changes = Object.assign({}, ...joined.map((one) => one?.changes ?? {}));
  const td = await mintTd(intel, { ...legal(options), at, changes });
  const after = Object.assign({}, ...joined.map((one) => one?.after?.(td) ?? {}));
  return {
    name: `minted ${index}: ${topics
      .slice(0, joined.length)
      .map(({ name }) => name)
      .join(' and ')}`,
    evidence: td.evidence,
    documents: td.documents,
    ...after,
    at,
    anchors: intelAnchorsOf(intel),
  };
}

/** Two changes of one plan, or two wishes about one thing: the second would undo the first. */
function collide(first: Variation, second: Variation): boolean {
  const keys = ({ options = {}, changes = {}, after }: Variation) => [
    ...Object.keys(options),
    ...Object.keys(changes),
    ...(after === undefined ? [] : ['after']),
  ];
  return keys(first).some((key) => keys(second).includes(key));
}

/** Version 4 has TD report 1.0 alone. */
function legal<T extends NonNullable<Variation['options']>>(options: T): T {
  return options.quoteVersion === 4 ? { ...options, bodyType: 2 } : options;
}
