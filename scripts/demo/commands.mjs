// Programs of the key broker example, each in a process of its own, as operators and workloads run them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const EXAMPLE = new URL('../../examples/key-broker/', import.meta.url);
const pathOf = (program) => fileURLToPath(new URL(program, EXAMPLE));

/** Standard output, without the end of its last line. What went wrong is told on the demo’s own standard error. */
export async function runProgram(program, args) {
  const { code, output } = await tryProgram(program, args, 'inherit');
  if (code !== 0) throw new Error(`${program} ${args[0]} ends with ${code}`);
  return output.trimEnd();
}

/** Exit code and what was written to both outputs. */
export async function tryProgram(program, args, stderr = 'pipe') {
  const child = spawn(process.execPath, [pathOf(program), ...args], { stdio: ['ignore', 'pipe', stderr] });
  const ended = once(child, 'close');
  const [out, complaint] = await Promise.all([
    text(child.stdout),
    child.stderr === null ? '' : text(child.stderr),
  ]);
  const [code] = await ended;
  return { code, output: `${out}${complaint}` };
}

/** A program that serves: resolves when it has said that it does. */
export async function startProgram(program, args) {
  const child = spawn(process.execPath, [pathOf(program), ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'exit');
  await Promise.race([
    once(child.stdout, 'data'),
    ended.then(([code]) => Promise.reject(new Error(`${program} ${args[0]} ends with ${code}`))),
  ]);
  return {
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
