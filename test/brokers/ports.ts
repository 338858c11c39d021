/** Programs by others that take a port of their own choice's making: somebody else may take it between choice and start. */

/** The program ended because its port was taken meanwhile. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken';
}

/** In words of Go's network library, which OpenBao and step-ca are written with. */
export function saysPortTaken(said: string): boolean {
  return said.includes('address already in use');
}

const TRIES = 5;

/** Starts on another port when one was taken. Whatever else goes wrong is thrown as it is. */
export async function onFreePort<T>(start: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await start();
    } catch (error) {
      if (!(error instanceof PortTaken) || tries === TRIES) throw error;
    }
  }
}
