import type { Store } from "holdfast";
import type { HistoryEntry } from "holdfast/history";

/** The events that were sent to an actor since its snapshot. */
export class Mailbox {
  readonly #history: Store["history"];
  readonly #id: string;
  readonly #onMail: () => void;
  readonly #closing = new AbortController();
  #after: number;
  #arrived: HistoryEntry[] = [];
  #following: Promise<void> | null = null;
  #failure: { readonly error: unknown } | null = null;

  constructor(history: Store["history"], id: string, { after, onMail }: { after: number; onMail: () => void }) {
    this.#history = history;
    this.#id = id;
    this.#after = after;
    this.#onMail = onMail;
  }

  /** Reads what is there. */
  async read(): Promise<readonly HistoryEntry[]> {
    const entries: HistoryEntry[] = [];
    for await (const entry of this.#history.iterate(this.#id, { from: this.#after + 1 })) entries.push(entry);
    this.#after = entries.at(-1)?.number ?? this.#after;
    return entries;
  }

  /** Begins to listen for what comes. */
  follow(): void {
    this.#following ??= this.#follow().catch((error: unknown) => {
      this.#failure = { error };
      this.#onMail();
    });
  }

  /** What has come since the last call. */
  take(): readonly HistoryEntry[] {
    if (this.#failure) throw this.#failure.error;
    const taken = this.#arrived;
    this.#arrived = [];
    return taken;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#following;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#closing;
    for await (const entry of this.#history.subscribe(this.#id, { from: this.#after + 1, signal })) {
      this.#arrived.push(entry);
      this.#onMail();
    }
  }
}
