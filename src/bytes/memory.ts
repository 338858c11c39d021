/**
 * A memory of things that follow from their key alone, bounded in number and in size; the least recently used is
 * forgotten first.
 */
export interface MemoryLimits {
  readonly entries: number;
  /** Sum of the sizes given with the values. */
  readonly bytes: number;
}

interface Remembered<Value> {
  readonly value: Value;
  readonly bytes: number;
}

export class Memory<Value> {
  readonly #values = new Map<string, Remembered<Value>>();
  readonly #limits: MemoryLimits;
  #bytes = 0;

  constructor(limits: MemoryLimits) {
    this.#limits = limits;
  }

  recall(key: string): Value | null {
    const known = this.#values.get(key);
    if (known === undefined) return null;
    this.#values.delete(key);
    this.#values.set(key, known);
    return known.value;
  }

  remember(key: string, value: Value, bytes: number): void {
    this.forget(key);
    this.#values.set(key, { value, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#values.keys()) {
      if (this.#values.size <= this.#limits.entries && this.#bytes <= this.#limits.bytes) return;
      this.forget(oldest);
    }
  }

  forgetAll(): void {
    this.#values.clear();
    this.#bytes = 0;
  }

  forget(key: string): void {
    this.#bytes -= this.#values.get(key)?.bytes ?? 0;
    this.#values.delete(key);
  }
}
