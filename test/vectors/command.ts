/** The command line as a process of its own, as an operator runs it. */
import { spawn } from 'node:child_process';

/** What bin/assay.js does, on the build that this test belongs to. */
const COMMAND = `
  const { main } = await import(${JSON.stringify(new URL('../../src/cli/main.js', import.meta.url).href)});
  process.exitCode = await main(process.argv.slice(1));`;

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export async function assay(...args: readonly string[]): Promise<Ran> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', COMMAND, '--', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { status, stdout, stderr };
}
