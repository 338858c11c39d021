/** The clock and the network of this process, for those who are handed no others. */

/** What the verifier needs of the world around it. */
export interface ClientWorld {
  readonly now: () => Date;
  readonly fetch: typeof globalThis.fetch;
}

export const systemWorld: ClientWorld = {
  now: () => new Date(),
  // Looked up when it is called, so that a program may put its own in place.
  fetch: (input, init) => globalThis.fetch(input, init),
};
