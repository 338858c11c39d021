/**
 * PostgreSQL's frontend/backend protocol (PostgreSQL manual, 55.7), as far as it takes to tell what belongs together:
 * a message has a type octet, a length of four octets that counts itself, and that much less four of content.
 */

const READY_FOR_QUERY = 'Z'.charCodeAt(0);
/** A simple query, or the Sync that ends an extended one: the server answers each with ReadyForQuery. */
const ENDS_OF_PIECE: readonly number[] = ['Q'.charCodeAt(0), 'S'.charCodeAt(0)];

/** Cuts what a client sends into pieces, however it was divided on its way: the greeting, then one for each query. */
export class ClientPieces {
  #rest: Buffer = Buffer.alloc(0);
  #piece: Buffer[] = [];
  #greeted = false;

  /** Complete pieces, and by themselves messages that get no ReadyForQuery of their own (`isQuery` false). */
  take(chunk: Buffer): { readonly bytes: Buffer; readonly isQuery: boolean }[] {
    const pieces: { bytes: Buffer; isQuery: boolean }[] = [];
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      // The greeting alone has no type.
      const header = this.#greeted ? 5 : 4;
      if (this.#rest.length < header) return pieces;
      const length = this.#rest.readUInt32BE(header - 4) + header - 4;
      if (this.#rest.length < length) return pieces;
      const message = this.#rest.subarray(0, length);
      this.#rest = this.#rest.subarray(length);
      this.#piece.push(message);
      const [type = 0] = message;
      const isQuery = this.#greeted && ENDS_OF_PIECE.includes(type);
      // Parse, Bind, Describe and Execute wait for their Sync; passwords do not.
      if (!isQuery && this.#greeted && 'PBDEC'.includes(String.fromCharCode(type))) continue;
      pieces.push({ bytes: Buffer.concat(this.#piece), isQuery });
      this.#piece = [];
      this.#greeted = true;
    }
  }
}

/** Counts the answers of a server. */
export class ServerAnswers {
  #rest: Buffer = Buffer.alloc(0);
  #count = 0;

  /** How many times it has said ReadyForQuery by the end of this chunk: once for the greeting, once for each query. */
  countAfter(chunk: Buffer): number {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 5) {
      const length = this.#rest.readUInt32BE(1) + 1;
      if (this.#rest.length < length) break;
      if (this.#rest[0] === READY_FOR_QUERY) this.#count += 1;
      this.#rest = this.#rest.subarray(length);
    }
    return this.#count;
  }
}
