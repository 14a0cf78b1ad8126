import type pg from "pg";
import type { Connection } from "./database.ts";

/** A connection that can tell whether it broke while nobody used it. */
export interface PoolConnection extends Connection {
  isBroken(): boolean;
}

/** How often a connection is lent until it passes through the pool again, which sees to its lifetime. */
const lendingsMax = 100;

/**
 * Keeps a returned connection for the next call of the same turn of the event loop, as when a caller makes one call after the other. The
 * way through the pool and its timers takes longer than a short statement.
 */
export class Parking {
  readonly #pool: pg.Pool;
  #parked: { readonly connection: PoolConnection; readonly lendings: number } | undefined;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** How many connections nobody uses though the pool knows nothing of it. */
  get count(): number {
    return this.#parked === undefined ? 0 : 1;
  }

  /** The connection that is kept, if there is one. */
  take(): Connection | undefined {
    const parked = this.#parked;
    if (parked === undefined) return undefined;
    this.#parked = undefined;
    if (!parked.connection.isBroken()) return this.lend(parked.connection, parked.lendings + 1);
    parked.connection.release();
    return undefined;
  }

  /** The same connection, which is kept when it is given back, unless somebody waits for one. */
  lend(connection: PoolConnection, lendings = 1): Connection {
    let isReleased = false;
    const release = (error?: Error): void => {
      if (isReleased) return;
      isReleased = true;
      const mayStay = !error && lendings < lendingsMax && this.count === 0 && this.#pool.waitingCount === 0;
      if (!mayStay || connection.isBroken()) connection.release(error);
      else this.#park(connection, lendings);
    };
    return { ...connection, release };
  }

  #park(connection: PoolConnection, lendings: number): void {
    const parked = { connection, lendings };
    this.#parked = parked;
    setImmediate(() => {
      if (this.#parked !== parked) return;
      this.#parked = undefined;
      connection.release();
    });
  }
}
