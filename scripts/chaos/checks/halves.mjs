// No transaction left half of itself behind.

export function databaseViolations(found) {
  if (found === null) return [];
  return found.halves
    .filter(({ count }) => count > 0)
    .map(({ name, count }) => ({ rule: 'half_written', what: `${count} ${name}` }));
}
