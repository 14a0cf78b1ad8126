import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { v4 } from "uuid";
import type { ListenHandlers, StopListening } from "./database.ts";

/** How long our own notification may take to return before we assume that none will. */
const selfTestMs = 2000;
const retryDelayMs = { first: 100, most: 10_000 };

/** Where to listen, and on which connection. */
export interface ListenOptions extends ListenHandlers {
  /** The listener's own connection. */
  readonly connect: () => Promise<pg.ClientBase & { end(): Promise<void> }>;
  readonly channel: string;
}

/**
 * Listens on its own connection, and resumes after it was lost. `onNotification` then gets null, because notifications in between are
 * lost.
 *
 * Tests itself first: a pooler that shares sessions accepts LISTEN and delivers nothing. Then it returns null.
 */
export async function listenOnOwnClient(options: ListenOptions): Promise<StopListening | null> {
  const listener = new Listener(options);
  try {
    if (await listener.start()) return () => listener.stop();
  } catch (error) {
    // Otherwise it would keep listening, or resuming, and nobody could stop it.
    await listener.stop();
    throw error;
  }
  await listener.stop();
  return null;
}

class Listener {
  readonly #options: ListenOptions;
  readonly #testPayload = `self-test ${v4()}`;
  #client: (pg.ClientBase & { end(): Promise<void> }) | null = null;
  #isStopped = false;
  #onTested: (() => void) | null = null;

  constructor(options: ListenOptions) {
    this.#options = options;
  }

  /** Whether notifications arrive. */
  async start(): Promise<boolean> {
    await this.#listen();
    const arrived = new Promise<boolean>((resolve) => {
      this.#onTested = () => resolve(true);
    });
    await this.#notifyFromElsewhere();
    return Promise.race([arrived, sleep(selfTestMs, false, { ref: false })]);
  }

  /** From another connection, because a pooler does deliver to a session what comes with the answer to its own statement. */
  async #notifyFromElsewhere(): Promise<void> {
    const { connect, channel } = this.#options;
    const client = await connect();
    try {
      await client.query("select pg_notify($1, $2)", [channel, this.#testPayload]);
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => undefined);
  }

  async #listen(): Promise<void> {
    const client = await this.#options.connect();
    try {
      client.on("notification", ({ payload = "" }) => this.#receive(payload));
      await client.query(`listen ${client.escapeIdentifier(this.#options.channel)}`);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    this.#client = client;
    client.once("end", () => void this.#relisten(client));
  }

  #receive(payload: string): void {
    if (payload === this.#testPayload) this.#onTested?.();
    else if (!payload.startsWith("self-test ")) this.#options.onNotification(payload);
  }

  async #relisten(lost: pg.ClientBase): Promise<void> {
    if (this.#client !== lost) return;
    this.#client = null;
    this.#options.onLost?.();
    for (let delayMs = retryDelayMs.first; !this.#isStopped; delayMs = Math.min(delayMs * 2, retryDelayMs.most)) {
      try {
        await this.#listen();
        // Stopped while it was connecting.
        if (this.#isStopped) await this.stop();
        else this.#options.onNotification(null);
        return;
      } catch {
        await sleep(delayMs, undefined, { ref: false });
      }
    }
  }
}
