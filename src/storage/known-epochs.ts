/** The youngest epoch of each tenant that this process has seen, and what it knows under it. */

export interface KnownEpoch<State> {
  readonly epoch: bigint;
  /** Another one each time that the tenant was forgotten: a part of every key of a memory that outlives epochs. */
  readonly generation: number;
  readonly state: State;
}

const MAX_TENANTS = 4096;

export class KnownEpochs<State> {
  readonly #tenants = new Map<string, KnownEpoch<State>>();
  readonly #begin: () => State;
  #generations = 0;

  /** `begin` makes what is known at the beginning of an epoch. */
  constructor(begin: () => State) {
    this.#begin = begin;
  }

  of(tenant: string): KnownEpoch<State> | null {
    return this.#tenants.get(tenant) ?? null;
  }

  /** Null when a younger epoch is known already. */
  at(tenant: string, epoch: bigint): KnownEpoch<State> | null {
    const known = this.#tenants.get(tenant);
    if (known !== undefined && known.epoch >= epoch) return known.epoch === epoch ? known : null;
    this.#generations += 1;
    const fresh = { epoch, generation: this.#generations, state: this.#begin() };
    this.#tenants.delete(tenant);
    this.#tenants.set(tenant, fresh);
    for (const oldest of this.#tenants.keys()) {
      if (this.#tenants.size <= MAX_TENANTS) break;
      this.#tenants.delete(oldest);
    }
    return fresh;
  }

  /** The tenant's epoch has moved. */
  forget(tenant: string): void {
    this.#tenants.delete(tenant);
  }
}
