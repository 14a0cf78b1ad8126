/** What a store counts in this process, once it is committed. */
export type Counted =
  | "jobs.pushed"
  | "jobs.claimed"
  | "jobs.succeeded"
  | "jobs.failed"
  | "jobs.dead"
  | "jobs.canceled"
  | "executions.created"
  | "executions.claimed"
  | "executions.succeeded"
  | "executions.failed"
  | "executions.timed_out"
  | "executions.canceled"
  | "timers.fired";

/** Counts what a store in this process has committed. */
export class Tally {
  readonly #counts = new Map<Counted, number>();

  add(name: Counted, amount: number): void {
    if (amount === 0) return;
    this.#counts.set(name, this.of(name) + amount);
  }

  of(name: Counted): number {
    return this.#counts.get(name) ?? 0;
  }
}
