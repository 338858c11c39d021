/** What SPIRE does with certificates and files of its recipe, as far as a test without SPIRE can know it. */

/**
 * The selector that the attestor `x509pop` makes of a URI in a certificate; null: none. The path is cut at its first slash, and
 * one of a single part gives nothing but a line in the log. Source: SPIRE, pkg/server/plugin/nodeattestor/x509pop,
 * `parseUriSanSelectors`; older editions of its page have a colon there, which this does not take.
 */
export function sanSelectorOf(uri: string, trustDomain: string): string | null {
  const start = `x509pop://${trustDomain}/`;
  if (!uri.startsWith(start)) return null;
  const path = uri.slice(start.length).replace(/^\/+|\/+$/gu, '');
  const slash = path.indexOf('/');
  return slash === -1 ? null : `x509pop:san:${path.slice(0, slash)}:${path.slice(slash + 1)}`;
}

/** Values of a member wherever it stands in a file of HCL. */
export function valuesIn(text: string, member: string): readonly string[] {
  return [...text.matchAll(/^\s*(\w+) = "([^"]*)"$/gmu)].flatMap(([, name, value = '']) =>
    name === member ? [value] : [],
  );
}

/** Blocks with a name, `KeyManager "memory"` say, and those of the first level. */
export function blocksIn(text: string): readonly string[] {
  return [...text.matchAll(/^(\w+|\s+\w+ "\w+") \{$/gmu)].map(([, name = '']) => name.trim());
}
