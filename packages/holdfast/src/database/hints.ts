import { createHash } from "node:crypto";
import { setImmediate as endOfTurn, setTimeout as sleep } from "node:timers/promises";
import { v4 } from "uuid";
import type { Database, StopListening, WireStatement } from "./database.ts";
import { sendAll } from "./execute.ts";
import { quietly } from "./quietly.ts";
import { encodeParameter } from "./values.ts";

/** How long after a notification further hints are gathered: a burst of pushes becomes a handful of notifications. */
const gatherMs = 5;

/** The sender of a notification that all are to hear, the process that sent it too. */
const noSender = "*";

/** The most bytes of a channel's name; LISTEN cuts what is longer, and NOTIFY refuses it. */
const channelBytesMax = 63;

/** Hears hints about a topic, or null when any may have been missed. */
export type HintListener = (topic: string | null) => void;

/**
 * Notifications that work may be waiting: at once to listeners in this process, and by NOTIFY to the others.
 *
 * They are sent outside the transactions that they tell of, for a NOTIFY inside one takes a lock of the whole cluster at commit
 * (it made 15,800 commits a second 3,000). So a crash can swallow one, which is why nothing may rest on them.
 */
export class Hints {
  readonly #database: Database;
  readonly #channel: string;
  /** Goes with what is sent, so that listeners here, who have been told, are not told again: each hint makes a worker look. */
  readonly #sender: string = v4();
  readonly #listeners = new Set<HintListener>();
  readonly #announced = new Set<(topic: string) => void>();
  readonly #gathered = new Set<string>();
  #sending: Promise<void> | null = null;
  #listening: Promise<StopListening | null> | null = null;

  constructor(database: Database, schema: string) {
    this.#database = database;
    this.#channel = channelOf(schema);
  }

  /** Sends a hint soon: at once, unless others have just been sent. */
  send(topic: string): void {
    this.#tell(topic);
    if (!this.#database.isShared) return;
    this.#gathered.add(topic);
    this.#sending ??= this.#sendGathered();
  }

  /** Tells those of this process who want to know what is about to be written. */
  announce(topic: string): void {
    for (const listener of this.#announced) quietly(listener, topic);
  }

  /** The statement that sends a hint from inside a transaction, when it commits. */
  statement(topic: string): WireStatement {
    return { text: notify.text, values: [this.#channel, encodeParameter([payloadOf(noSender, topic)])] };
  }

  /** Calls `listener` for every hint of any process from now on, and `onComing` for what is announced in this one. */
  async listen(listener: HintListener, onComing?: (topic: string) => void): Promise<StopListening> {
    this.#listeners.add(listener);
    if (onComing) this.#announced.add(onComing);
    if (this.#database.isShared) {
      this.#listening ??= this.#database.listen(this.#channel, (payload) => this.#hear(payload));
      // Where notifications cannot be had, listeners poll, as they do anyway.
      await this.#listening.catch(() => {
        this.#listening = null;
      });
    }
    return async () => {
      this.#listeners.delete(listener);
      if (onComing) this.#announced.delete(onComing);
    };
  }

  /** Tells the listeners that nothing more will come, sends what is gathered and stops listening. */
  async close(): Promise<void> {
    this.#tell(null);
    this.#listeners.clear();
    this.#announced.clear();
    await this.#sending;
    const stop = await this.#listening?.catch(() => null);
    await stop?.();
  }

  #hear(payload: string | null): void {
    if (payload === null) return this.#tell(null);
    const end = payload.indexOf(" ");
    if (payload.slice(0, end) !== this.#sender) this.#tell(payload.slice(end + 1));
  }

  /** Each listener for itself: what one throws is neither the writer's who hints nor the next listener's. */
  #tell(topic: string | null): void {
    for (const listener of this.#listeners) quietly(listener, topic);
  }

  async #sendGathered(): Promise<void> {
    // Those of one turn of the event loop, such as of a batch of pushes, go together.
    await endOfTurn();
    while (this.#gathered.size > 0) {
      const topics = [...this.#gathered];
      this.#gathered.clear();
      await this.#notify(topics);
      await sleep(gatherMs);
    }
    this.#sending = null;
  }

  async #notify(topics: readonly string[]): Promise<void> {
    try {
      const connection = await this.#database.connect();
      // A single connection may be a client of the caller's, on which a transaction of theirs is open or about to be: then what was
      // written is there for listeners here only when the notification is.
      const isAlone = this.#database.connectionsMax > 1;
      const { text, name } = isAlone ? notifyAlone : notify;
      const sender = isAlone ? this.#sender : noSender;
      const values = [this.#channel, encodeParameter(topics.map((topic) => payloadOf(sender, topic)))];
      try {
        await sendAll(connection, [this.#database.preparedStatements ? { text, name, values } : { text, values }]);
      } finally {
        connection.release();
      }
    } catch {
      // Only a hint is lost: its listeners poll too.
    }
  }
}

/** The channel of a schema; of a name that is too long, a digest, so that all processes still agree on it. */
function channelOf(schema: string): string {
  const channel = `holdfast.${schema}`;
  if (Buffer.byteLength(channel) <= channelBytesMax) return channel;
  return `holdfast.${createHash("sha256").update(schema).digest("hex").slice(0, 40)}`;
}

function payloadOf(sender: string, topic: string): string {
  return `${sender} ${topic}`;
}

const notify = {
  name: "hf_notify",
  text: "select pg_notify($1, payload) from unnest((select $2::text[])) as payload",
};

/**
 * The same for a transaction of its own, which then does not wait for the disk: else each would cost as much as the push that it
 * tells of. The setting ends with the transaction, so that it stays with no session, behind a pooler neither.
 */
const notifyAlone = {
  name: "hf_notify_alone",
  text: `select pg_notify($1, payload)
    from unnest((select $2::text[])) as payload, set_config('synchronous_commit', 'off', true)`,
};
