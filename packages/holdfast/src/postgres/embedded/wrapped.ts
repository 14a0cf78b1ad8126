import { UnavailableError } from "../../core/errors.ts";
import type { PGliteLike } from "../connection/connection-options.ts";
import type { Embedded } from "./embedded-port.ts";
import { OneSession } from "./one-session.ts";
import { type Bytes, COPY_FAIL, joined, sessionState, simpleQuery, sync } from "./protocol.ts";
import { WireStream } from "./stream.ts";

/** A caller's own PGlite, with a part missing from its types: its lock on whole transactions, which a caller's `transaction()` holds. */
interface LockablePGlite extends PGliteLike {
  _runExclusiveTransaction?<T>(run: () => Promise<T>): Promise<T>;
}

/**
 * Uses a caller's own PGlite, in its own thread.
 *
 * While a transaction of ours is open, the caller's queries on that PGlite wait, and the other way round: both share its one session. It
 * remains the caller's: it is not closed here, its durability is its own, and it cannot be restarted.
 */
export function wrapPGlite(pglite: LockablePGlite): Embedded {
  const shared = new SharedSession(pglite);
  const session = new OneSession();
  let over: UnavailableError | null = null;
  return {
    stream: () =>
      new WireStream({
        connected: async (stream) => {
          if (over !== null) throw over;
          await session.take(stream);
        },
        exchange: (bytes) => (over === null ? shared.exchange(bytes) : Promise.reject(over)),
      }),
    restart: async () => {
      throw new UnavailableError(
        "A PGlite that the caller made cannot be restarted; let Holdfast open the folder itself.",
      );
    },
    stats: () => ({ fsyncs: 0, checkpoints: 0 }),
    close: async () => {
      over ??= new UnavailableError("The embedded database is closed; open it again.");
      session.end(over);
      await shared.leave();
    },
  };
}

/** Takes turns on a session that others use too: from the first message of a transaction to its last it is ours alone. */
class SharedSession {
  readonly #pglite: LockablePGlite;
  /** Gives the session back to the caller; null while the caller has it. */
  #giveBack: (() => void) | null = null;
  #hadClient = false;

  constructor(pglite: LockablePGlite) {
    this.#pglite = pglite;
  }

  async exchange(bytes: Bytes): Promise<Uint8Array> {
    if (bytes[0] === 0) await this.#begin();
    if (this.#giveBack === null) await this.#acquire();
    try {
      // As in server.ts: without it a COPY FROM STDIN would end the caller's PostgreSQL.
      const message = bytes[0] === 0 ? bytes : joined([bytes, COPY_FAIL]);
      const reply = await this.#pglite.execProtocolRaw(message);
      // A reply without the session's state belongs to a batch whose Sync is still to come.
      if (sessionState(reply) === "idle") this.release();
      return reply;
    } catch (error) {
      this.release();
      throw error;
    }
  }

  release(): void {
    this.#giveBack?.();
    this.#giveBack = null;
  }

  /** Ends what the last client left open, and gives the session back. */
  async leave(): Promise<void> {
    if (this.#giveBack === null) return;
    for (const message of [sync(), simpleQuery("rollback")]) await this.#pglite.execProtocolRaw(message);
    this.release();
  }

  /** Prepares the session for a new client. The caller's own LISTEN and settings are not ours to discard. */
  async #begin(): Promise<void> {
    await this.leave();
    if (!this.#hadClient) {
      this.#hadClient = true;
      return;
    }
    await this.#acquire();
    await this.#pglite.execProtocolRaw(simpleQuery("deallocate all"));
    this.release();
  }

  /** Resolves inside the lock, which is held until `release`. */
  #acquire(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#exclusively(() => this.#hold(resolve)).catch(reject);
    });
  }

  #exclusively(run: () => Promise<void>): Promise<void> {
    return this.#pglite._runExclusiveTransaction?.(run) ?? this.#pglite.runExclusive(run);
  }

  #hold(held: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.#giveBack = resolve;
      held();
    });
  }
}
