/** A port of the system's choice, for several processes that must agree on it before one of them listens. */
import { createServer } from 'node:net';

/** A port on which nobody listens at this moment. Rejects when this machine does not have the address. */
export function choosePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, host, () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
