/** step-ca on the configuration of a recipe. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { PortTaken, saysPortTaken } from './ports.js';

const PATIENCE_MS = 60_000;

export interface StepCa {
  /** What it has logged. */
  said(): string;
  stop(): Promise<void>;
}

/** In the folder of the recipe, as its page says; `port` is where its ca.json has it listen. Throws PortTaken. */
export async function startStepCa(program: string, folder: string, port: number): Promise<StepCa> {
  const child = spawn(program, ['--password-file', 'password.txt', 'ca.json'], {
    cwd: folder,
    env: { HOME: folder, PATH: process.env.PATH, STEPPATH: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
    });
  }
  const exited = once(child, 'exit');
  const deadline = Date.now() + PATIENCE_MS;
  while (!said.includes(`Serving HTTPS on 127.0.0.1:${port}`)) {
    if (child.exitCode !== null) {
      const words = `step-ca ended with ${child.exitCode}:\n${said}`;
      throw saysPortTaken(said) ? new PortTaken(words) : new Error(words);
    }
    if (Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`step-ca did not become ready:\n${said}`);
    }
    await pause(100);
  }
  return {
    said: () => said,
    async stop() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
