/** Which build this is, as tokens, metrics and the API description name it. */
import { readFileSync } from 'node:fs';

export interface BuildInfo {
  readonly name: string;
  readonly version: string;
}

/** From package.json, which ships beside the built code. */
export function readBuildInfo(): BuildInfo {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
  );
  const { name, version } = manifest as Partial<Record<keyof BuildInfo, unknown>>;
  if (typeof name !== 'string' || typeof version !== 'string') {
    throw new TypeError('package.json names the package and its version');
  }
  return { name, version };
}
