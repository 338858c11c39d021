// Everything that must hold, as pure functions over what the clients saw (history.mjs) and what was found
// afterwards. Each returns violations: `{ rule, what }`, `what` in words precise enough to look for.
import { challengeViolations } from './checks/challenges.mjs';
import { documentViolations } from './checks/documents.mjs';
import { databaseViolations } from './checks/halves.mjs';
import { referenceViolations } from './checks/references.mjs';
import { serviceViolations } from './checks/service.mjs';
import { tokenViolations } from './checks/tokens.mjs';

/** `found`: `{ tokens, documents, halves }` of the database, or null while nobody can look into it. */
export function findViolations(history, found) {
  return [
    ...tokenViolations(history, found),
    ...challengeViolations(history, found),
    ...documentViolations(history, found),
    ...referenceViolations(history),
    ...databaseViolations(found),
    ...serviceViolations(history),
  ];
}
