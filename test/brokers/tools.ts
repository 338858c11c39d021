/** Programs by others that tests put tokens before: where they are, and what becomes of a suite where they are not. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe } from '@jest/globals';
import { ROOT } from '../docs/markdown.js';
import { leaveOut } from '../left-out.js';

const SCRIPT = new URL('../../../scripts/peers.mjs', import.meta.url).href;
const { programOf } = (await import(SCRIPT)) as { readonly programOf: (name: string) => string };

export interface Tool {
  readonly name: string;
  /** What puts it on a machine. */
  readonly installation: string;
  /** Where it may be, the likeliest place first. */
  readonly places: readonly string[];
}

/** Of the Python packages in .ci/tools.txt: in the environment that they were installed into, or on the path. */
export function packaged(name: string): Tool {
  const folders = [join(ROOT, 'build', 'tools', 'bin'), ...(process.env.PATH ?? '').split(delimiter)];
  return {
    name,
    installation: 'pip install --require-hashes -r .ci/tools.txt',
    places: folders.map((folder) => join(folder, name)),
  };
}

/** The Python that sees the packages. */
export const PYTHON: Tool = {
  ...packaged('python3'),
  places: [join(ROOT, 'build', 'tools', 'bin', 'python3')],
};

/** Of the peers that scripts/peers.mjs builds. */
export function built(name: string): Tool {
  return { name, installation: 'node scripts/peers.mjs', places: [programOf(name)] };
}

/** A suite for who has the program; elsewhere it is skipped by name, and in CI that is an error. */
export function describeWith(tool: Tool, name: string, suite: (program: string) => void): void {
  const program = tool.places.find((place) => existsSync(place));
  if (program !== undefined) {
    describe(name, () => suite(program));
    return;
  }
  const missing = `no ${tool.name} on this machine: ${tool.installation}`;
  leaveOut(name, { why: missing, lacking: missing, needs: 'needs the program' });
}
