/** How many processes serve. Pure: how many cores there are is told by whoever knows the machine. */

/** More would each hold connections to the database; beyond this, replicas on other machines serve better. */
const MOST = 64;

/** Why the text is no number of workers that this database allows, as the end of a sentence; null: it is one. */
export function workersFault(text: string, databaseUrl: string): string | null {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > MOST) return `must be a whole number from 1 to ${MOST}.`;
  if (count === 1 || !databaseUrl.startsWith('pglite:')) return null;
  return 'must be 1 on the embedded database, which belongs to one process: several workers need PostgreSQL.';
}

/** One worker for each core in production; the embedded database has one process, and so has a trial. */
export function usualWorkers(databaseUrl: string, production: boolean, cores: number): number {
  if (!production || databaseUrl.startsWith('pglite:')) return 1;
  return Math.max(1, Math.min(cores, MOST));
}
