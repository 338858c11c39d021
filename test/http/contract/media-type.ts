/** Media types as headers name them. */

/** Lowercase, without parameters; empty when there is none. */
export function mediaTypeOf(header: string | number | readonly string[] | undefined): string {
  const [type = ''] = String(header ?? '').split(';', 1);
  return type.trim().toLowerCase();
}
