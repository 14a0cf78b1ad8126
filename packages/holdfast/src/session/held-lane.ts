import type { Guard, OwnLimits } from "./transaction-limits.ts";

/** Work that may wait for a lock, or had to stop waiting for one, and wrote nothing. */
export interface HeldTask {
  /** Whether it is known to wait. Otherwise it is tried briefly first, and a part of a batch may split again. */
  readonly isHeld: boolean;
  /** When it was first sent, by `performance.now()`. */
  readonly sentAt: number;
  /**
   * Makes an attempt, and never rejects. Returns true if some row is still held, so that it must be tried again. On the last attempt all
   * errors count.
   */
  attempt(guard: Guard, isLast: boolean): Promise<boolean>;
}

/** How long calls wait for a lock if they were sent together with one that waits. */
const suspectMs = 10;

/**
 * How long a call waits for its lock when few do: PostgreSQL's own queue then wakes it at once. If more calls than connections wait, they
 * take turns, one per round.
 */
const waits = { longMs: 500, roundMs: 600, shortestMs: 1, sliceMs: 100, leastStatementMs: 20 };

/** The cost of an attempt besides waiting is lost if it fails, so it waits at least this many times as long. */
const workFactor = 4;

interface Held {
  readonly task: HeldTask;
  /** How long its last attempt took besides waiting. */
  readonly workMs: number;
}

/**
 * Where calls of any kind wait for rows that others hold, for one store. They use a few connections, so however many they are, the rest
 * of the pool serves calls on free rows.
 */
export class HeldLane {
  readonly #connectionsMax: number;
  readonly #askLimits: () => Promise<OwnLimits>;
  readonly #suspects: HeldTask[] = [];
  readonly #held: Held[] = [];
  #busy = 0;
  #busyHeld = 0;
  /** Requested once for as long as anything is held. */
  #limits: Promise<OwnLimits> | undefined;

  constructor(connectionsMax: number, askLimits: () => Promise<OwnLimits>) {
    this.#connectionsMax = connectionsMax;
    this.#askLimits = askLimits;
  }

  add(task: HeldTask): void {
    if (task.isHeld) this.#held.push({ task, workMs: 0 });
    else this.#suspects.push(task);
    this.#next();
  }

  #next(): void {
    while (this.#busy < this.#connectionsMax) {
      const turn = this.#takeTurn();
      if (!turn) break;
      this.#busy++;
      void turn.then(() => {
        this.#busy--;
        this.#next();
      });
    }
    if (this.#busy === 0) this.#limits = undefined;
  }

  /** Most suspects wait for nobody, so they come first. */
  #takeTurn(): Promise<void> | undefined {
    const suspect = this.#suspects.shift();
    if (suspect) return this.#trySuspect(suspect);
    const held = this.#held.shift();
    return held && this.#tryHeld(held);
  }

  async #trySuspect(task: HeldTask): Promise<void> {
    if (await task.attempt({ lockMs: suspectMs }, false)) this.#held.push({ task, workMs: 0 });
  }

  async #tryHeld({ task, workMs }: Held): Promise<void> {
    this.#busyHeld++;
    const own = await (this.#limits ??= this.#askLimits());
    const startedAt = performance.now();
    const left = (limitMs: number): number => (limitMs > 0 ? task.sentAt + limitMs - startedAt : Infinity);
    const [lockLeft, statementLeft] = [left(own.lockMs), left(own.statementMs)];
    const waitMs = Math.ceil(Math.max(this.#waitMs(), workMs * workFactor));
    const isLast = Math.min(lockLeft, statementLeft) <= waitMs;
    const guard = isLast ? lastGuard(lockLeft, statementLeft) : { lockMs: waitMs };
    const isHeld = await task.attempt(guard, isLast);
    this.#busyHeld--;
    if (isHeld) this.#held.push({ task, workMs: Math.max(0, performance.now() - startedAt - waitMs) });
  }

  /** One connection stays free for newcomers, so that none waits for another's long wait. */
  #waitMs(): number {
    const count = this.#held.length + this.#busyHeld;
    if (count < this.#connectionsMax) return waits.longMs;
    const slice = (waits.roundMs * this.#connectionsMax) / count;
    return Math.max(waits.shortestMs, Math.min(waits.sliceMs, slice));
  }
}

/** Ends the call as it would have ended by itself: by the nearer of its session's own limits, with the server's own error. */
function lastGuard(lockLeft: number, statementLeft: number): Guard {
  if (lockLeft < statementLeft) return { lockMs: Math.max(waits.shortestMs, Math.ceil(lockLeft)) };
  return { lockMs: 0, statementMs: Math.max(waits.leastStatementMs, Math.ceil(statementLeft)) };
}
