/** HAProxy before replicas, configured as docs/operations.md says; a program of the machine, not of this project. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Balancer } from './balancer.js';
import { freePort } from './replica.js';

export function hasHaproxy(): boolean {
  return spawnSync('haproxy', ['-v'], { stdio: 'ignore' }).status === 0;
}

export async function startHaproxy(replicas: readonly string[]): Promise<Balancer> {
  const [port, statsPort] = [await freePort(), await freePort()];
  const dir = mkdtempSync(join(tmpdir(), 'assay-haproxy-'));
  const config = join(dir, 'haproxy.cfg');
  writeFileSync(config, configuration(replicas, port, statsPort));
  const child = spawn('haproxy', ['-db', '-f', config], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));

  /** Of each replica the status that HAProxy gives it. */
  async function states(): Promise<ReadonlyMap<string, string>> {
    const csv = await (await fetch(`http://127.0.0.1:${statsPort}/stats;csv`)).text();
    const [header = '', ...lines] = csv.split('\n').map((line) => line.split(','));
    const [name, status] = [header.indexOf('svname'), header.indexOf('status')];
    return new Map(lines.map((cells) => [cells[name] ?? '', cells[status] ?? '']));
  }
  const balancer: Balancer = {
    url: `http://127.0.0.1:${port}`,
    // Its own answers and the connections it breaks reach the client.
    faults: () => [],
    isReady: async (replica) => (await states()).get(nameOf(replicas, replica))?.startsWith('UP') === true,
    async close() {
      child.kill('SIGTERM');
      await ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
  for (const replica of replicas) {
    while (!(await balancer.isReady(replica).catch(() => false))) {
      if (child.exitCode !== null) throw new Error(`haproxy ended with ${child.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  return balancer;
}

function nameOf(replicas: readonly string[], replica: string): string {
  return `replica${replicas.indexOf(replica)}`;
}

function configuration(replicas: readonly string[], port: number, statsPort: number): string {
  const servers = replicas.map((url) => `  server ${nameOf(replicas, url)} ${new URL(url).host}`);
  return `
defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 30s
  # A machine that is busy with tests may take a while to answer.
  timeout check 3s
  default-server check inter 1s fall 2 rise 1
frontend guests
  bind 127.0.0.1:${port}
  default_backend replicas
backend replicas
  balance roundrobin
  option forwardfor
  option httpchk GET /readyz
${servers.join('\n')}
frontend statistics
  bind 127.0.0.1:${statsPort}
  stats enable
  stats uri /stats
`;
}
