/** Which build this is, as tokens, metrics and the API description name it. */
import { existsSync, readFileSync } from 'node:fs';

export interface BuildInfo {
  readonly name: string;
  /** `0.1.0+g1a2b3c4`; without the commit where the build did not know it. */
  readonly version: string;
}

/** From package.json, which ships beside the built code, and the commit that the build wrote down. */
export function readBuildInfo(): BuildInfo {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
  );
  const { name, version } = manifest as Partial<Record<keyof BuildInfo, unknown>>;
  if (typeof name !== 'string' || typeof version !== 'string') {
    throw new TypeError('package.json names the package and its version');
  }
  const commit = new URL('../../commit', import.meta.url);
  if (!existsSync(commit)) return { name, version };
  return { name, version: `${version}+g${readFileSync(commit, 'utf8').trim()}` };
}
