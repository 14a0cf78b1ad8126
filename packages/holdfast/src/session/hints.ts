import { createHash } from "node:crypto";
import { setImmediate as endOfTurn, setTimeout as sleep } from "node:timers/promises";
import { v4 } from "uuid";
import { checkFunction } from "../core/input.ts";
import { quietly } from "../core/thrown.ts";
import { encodeParameter } from "../core/values.ts";
import type { Database, ListenUsage, StopListening, WireStatement } from "../postgres/database.ts";
import { sendAll } from "../postgres/execute.ts";

/** How long after a notification further hints are gathered: a burst of pushes becomes a handful of notifications. */
const gatherMs = 5;

/** The sender of a notification for everybody, including the sending process. */
const noSender = "*";

/** The most bytes of a channel's name; LISTEN truncates a longer one, and NOTIFY refuses it. */
const channelBytesMax = 63;

/** Receives hints about a topic, or null when any may have been missed. */
export type HintListener = (topic: string | null) => void;

/**
 * Notifications that work may be waiting: at once to listeners in this process, and by NOTIFY to the others.
 *
 * They are sent outside the transactions that cause them, because a NOTIFY inside one takes a cluster-wide lock at commit (15,800 commits
 * a second became 3,000). So a crash can swallow one, and correctness must not depend on them.
 */
export class Hints {
  /** Whether hints go to other processes too. */
  readonly travel: boolean;
  readonly #database: Database;
  readonly #channel: string;
  /** Travels with each notification, so that listeners in this process are not notified twice: each hint makes a worker look. */
  readonly #sender: string = v4();
  readonly #listeners = new Set<HintListener>();
  readonly #announced = new Set<(topic: string) => void>();
  readonly #gathered = new Set<string>();
  #sending: Promise<void> | null = null;
  #listening: Promise<StopListening | null> | null = null;
  /** Whether notifications of other processes can arrive; null until somebody listens. */
  #hears: boolean | null = null;
  #isLost = false;
  #losses = 0;
  #received = 0;

  constructor(database: Database, schema: string, isSending = true) {
    this.travel = isSending && database.isShared;
    this.#database = database;
    this.#channel = channelOf(schema);
  }

  /** Sends a hint soon: at once, unless others have just been sent. */
  send(topic: string): void {
    this.#tell(topic);
    if (!this.travel) return;
    this.#gathered.add(topic);
    this.#sending ??= this.#sendGathered();
  }

  /** Makes all listeners in this process look again. */
  wake(): void {
    this.#tell(null);
  }

  /** Announces upcoming writes to interested listeners in this process. */
  announce(topic: string): void {
    for (const listener of this.#announced) quietly(listener, topic);
  }

  /** The statement that sends a hint from inside a transaction, when it commits. */
  statement(topic: string): WireStatement {
    const values = [this.#channel, encodeParameter([payloadOf(noSender, topic)])];
    return { text: notify.text, values, label: notifyLabel };
  }

  /** Calls `listener` for every hint of any process from now on, and `onComing` for announcements in this one. */
  async listen(listener: HintListener, onComing?: (topic: string) => void): Promise<StopListening> {
    checkFunction(listener, "listener");
    if (onComing !== undefined) checkFunction(onComing, "onComing");
    this.#listeners.add(listener);
    if (onComing) this.#announced.add(onComing);
    if (this.#database.isShared) {
      this.#listening ??= this.#database.listen(this.#channel, {
        onNotification: (payload) => this.#hear(payload),
        onLost: () => {
          this.#isLost = true;
          this.#losses++;
        },
      });
      // If notifications are unavailable, listeners poll, as they do anyway.
      this.#hears = await this.#listening.then(
        (stop) => stop !== null,
        () => {
          this.#listening = null;
          return false;
        },
      );
    }
    return async () => {
      this.#listeners.delete(listener);
      if (onComing) this.#announced.delete(onComing);
    };
  }

  /** Whether notifications of other processes arrive, and how many did. */
  usage(): ListenUsage {
    const [losses, received] = [this.#losses, this.#received];
    if (!this.#database.isShared || this.#hears === false) return { state: "unavailable", losses, received };
    if (this.#hears === null) return { state: "off", losses, received };
    return { state: this.#isLost ? "lost" : "on", losses, received };
  }

  /** Tells the listeners that nothing more will come, sends gathered hints and stops listening. */
  async close(): Promise<void> {
    this.#tell(null);
    this.#listeners.clear();
    this.#announced.clear();
    await this.#sending;
    const stop = await this.#listening?.catch(() => null);
    await stop?.();
  }

  #hear(payload: string | null): void {
    this.#isLost = false;
    if (payload === null) return this.#tell(null);
    const end = payload.indexOf(" ");
    if (payload.slice(0, end) === this.#sender) return;
    this.#received++;
    this.#tell(payload.slice(end + 1));
  }

  /** Each listener by itself: its error concerns neither the writer nor the next listener. */
  #tell(topic: string | null): void {
    for (const listener of this.#listeners) quietly(listener, topic);
  }

  async #sendGathered(): Promise<void> {
    // Hints of one turn of the event loop, such as of a batch of pushes, go together.
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
      // A single connection may be a caller's client with an open transaction, now or soon. Then listeners here see the writes only when
      // the notification comes.
      const isAlone = this.#database.connectionsMax > 1;
      const { text, name } = isAlone ? notifyAlone : notify;
      const sender = isAlone ? this.#sender : noSender;
      const values = [this.#channel, encodeParameter(topics.map((topic) => payloadOf(sender, topic)))];
      try {
        const notification = { text, values, label: notifyLabel };
        await sendAll(connection, [this.#database.preparedStatements ? { ...notification, name } : notification]);
      } finally {
        connection.release();
      }
    } catch {
      // Only a hint is lost: its listeners poll too.
    }
  }
}

/** The channel of a schema. A name that is too long becomes a digest, so that all processes still agree on it. */
function channelOf(schema: string): string {
  const channel = `holdfast.${schema}`;
  if (Buffer.byteLength(channel) <= channelBytesMax) return channel;
  return `holdfast.${createHash("sha256").update(schema).digest("hex").slice(0, 40)}`;
}

function payloadOf(sender: string, topic: string): string {
  return `${sender} ${topic}`;
}

const notifyLabel = "session/notify";

const notify = {
  name: "hf_notify",
  text: "select pg_notify($1, payload) from unnest((select $2::text[])) as payload",
};

/**
 * The same in its own transaction, which does not wait for the disk: otherwise each would cost as much as the push that it announces. The
 * setting ends with the transaction, so it stays with no session, even behind a pooler.
 */
const notifyAlone = {
  name: "hf_notify_alone",
  text: `select pg_notify($1, payload)
    from unnest((select $2::text[])) as payload, set_config('synchronous_commit', 'off', true)`,
};
