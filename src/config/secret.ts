/** Where a secret is: in a variable, or in a file. */
import type { Variables } from './variables.js';

/** A secret's place. `create`: made when absent, for a service on its own machine. */
export type SecretPlace =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'file'; readonly path: string; readonly create: boolean };

/** From `name` or the file that `name_FILE` names; `ownFile`: where the service makes its own; null: it does not. */
export function readSecretPlace(variables: Variables, name: string, ownFile: string | null): SecretPlace {
  const given = readOptionalSecret(variables, name);
  if (given !== null) return given;
  if (ownFile !== null) return { kind: 'file', path: ownFile, create: true };
  variables.mistake(
    `${name}_FILE or ${name} is required in production and off loopback: 32 random bytes, the same for all replicas.`,
  );
  return { kind: 'text', text: '' };
}

/** The same for a secret that may be absent; null: it is. */
export function readOptionalSecret(variables: Variables, name: string): SecretPlace | null {
  const text = variables.value(name);
  const path = variables.file(`${name}_FILE`);
  if (text !== null && path !== null) variables.mistake(`Give ${name} or ${name}_FILE, not both.`);
  if (path !== null) return { kind: 'file', path, create: false };
  if (text === null) return null;
  if (!/^([0-9a-fA-F]{64}|[A-Za-z0-9_-]{43}|[A-Za-z0-9+/]{43}=)$/.test(text)) {
    variables.mistake(
      `${name} must be 32 random bytes in hex or base64, for example from \`openssl rand -hex 32\`.`,
    );
  }
  return { kind: 'text', text };
}
