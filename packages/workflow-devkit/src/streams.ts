import type { Streamer } from "@workflow/world";
import { NotFoundError, type Store } from "holdfast";
import { refusalOf } from "./failures.ts";
import { fromJson, toJson } from "./json.ts";

/** The kinds of entries of a stream: all but the last are chunks. */
const chunkKind = "chunk";
const endKind = "end";

/** The most chunks of a page. */
const pageMax = 1000;

/** Streams on Holdfast: each is a child execution of its run, and its chunks are the execution's history, which readers follow. */
export function streamsOf(store: Store, namespace: string): Streamer["streams"] {
  const writer = new StreamWriter(store, namespace);
  const getInfo = async (name: string) => {
    const [entries, done] = await store.read([
      ({ history }) => history.count(name),
      async ({ executions }) => (await executions.get(name))?.finishedAt instanceof Date,
    ]);
    return { tailIndex: entries - (done ? 1 : 0) - 1, done };
  };
  return {
    write: async (runId, name, chunk) => writer.write(runId, name, [chunk]),
    writeMulti: async (runId, name, chunks) => writer.write(runId, name, chunks),
    close: async (runId, name) => writer.end(runId, name),
    get: async (_runId, name, startIndex = 0) => {
      const start = startIndex < 0 ? (await getInfo(name)).tailIndex + 1 + startIndex : startIndex;
      return readFrom(store, name, Math.max(0, start));
    },
    getInfo: async (_runId, name) => getInfo(name),
    getChunks: async (_runId, name, { limit: asked = 100, cursor } = {}) => {
      const limit = Math.min(asked, pageMax);
      const [{ items, next }, { done }] = await Promise.all([
        store.history.read(name, { limit, ...(cursor !== undefined && { after: cursor }) }),
        getInfo(name),
      ]);
      const chunks = items.filter(({ kind }) => kind === chunkKind);
      const data = chunks.map(({ number, payload }) => ({ index: number - 1, data: bytesOf(payload) }));
      return { data, cursor: next, hasMore: next !== null, done };
    },
    list: async (runId) => {
      const names: string[] = [];
      for await (const { id } of store.executions.iterate({ labels: { stream: namespace, run: runId } })) {
        names.push(id);
      }
      return names;
    },
  };
}

class StreamWriter {
  readonly #store: Store;
  readonly #namespace: string;

  constructor(store: Store, namespace: string) {
    this.#store = store;
    this.#namespace = namespace;
  }

  async write(runId: string | Promise<string>, name: string, chunks: readonly (string | Uint8Array)[]): Promise<void> {
    if (chunks.length === 0) return;
    const entries = chunks.map((chunk) => ({ kind: chunkKind, payload: toJson(Buffer.from(chunk)) }));
    await this.#append(await runId, name, async () => this.#store.history.append(name, entries));
  }

  async end(runId: string | Promise<string>, name: string): Promise<void> {
    const step = { end: { status: "succeeded" }, history: [{ kind: endKind }] } as const;
    await this.#append(await runId, name, async () => this.#store.executions.transition(name, step));
  }

  /** Appends to a stream, which its first entry creates. */
  async #append(runId: string, name: string, append: () => Promise<unknown>): Promise<void> {
    try {
      await append();
    } catch (error) {
      if (error instanceof NotFoundError) {
        await this.#create(runId, name);
        return this.#append(runId, name, append);
      }
      // A stream ends once, and its readers are gone. A step that is repeated writes to it, and ends it, again.
      if (refusalOf(error) !== "run over") throw error;
    }
  }

  async #create(runId: string, name: string): Promise<void> {
    const labels = { stream: this.#namespace, run: runId };
    const run = await this.#store.executions.get(runId);
    // Checks of the engine's health write streams of runs that do not exist.
    const parent = run !== null && { parentId: runId };
    await this.#store.executions.save({ id: name, labels, ...parent });
  }
}

function bytesOf(payload: unknown): Uint8Array {
  return fromJson(payload) as Uint8Array;
}

/** Follows a stream from a chunk on, to its end. */
function readFrom(store: Store, name: string, start: number): ReadableStream<Uint8Array> {
  const stop = new AbortController();
  const entries = store.history.subscribe(name, { from: start + 1, signal: stop.signal })[Symbol.asyncIterator]();
  return new ReadableStream({
    pull: async (controller) => {
      const next = await entries.next();
      if (next.done !== true && next.value.kind === chunkKind) {
        controller.enqueue(bytesOf(next.value.payload));
        return;
      }
      stop.abort();
      controller.close();
    },
    cancel: () => stop.abort(),
  });
}
