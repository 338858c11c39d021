/** What is asked while metrics are being read. */

/** A scrape must not fail because the database is away: that is when it is needed most. */
export async function orNothing<T>(value: Promise<T>, nothing: T): Promise<T> {
  try {
    return await value;
  } catch {
    return nothing;
  }
}
