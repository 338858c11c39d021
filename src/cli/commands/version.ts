/** `assay --version`: which build this is, and who would verify signatures for it here. */
import { readBuildInfo } from '../../platform/build-info.js';
import { cryptoFor } from '../crypto.js';
import type { Terminal } from '../terminal.js';

export async function versionText(terminal: Terminal): Promise<string> {
  const { name, version } = readBuildInfo();
  return `${name} ${version}\nsignatures of evidence: ${await cryptoFor(terminal)}`;
}
