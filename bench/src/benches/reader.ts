/** Reads all rows of a kind in a process of its own, and says how many there were and by how much it grew: `reader.ts URL KIND`. */
import { openStore, type Store } from "holdfast";

/** What it can read. */
export type Readable = "executions listed" | "kv entries streamed" | "history read" | "tasks walked";

/** What it says. */
export interface ReadAll {
  readonly rows: number;
  readonly elapsedMs: number;
  readonly grewMiB: number;
}

const limit = 1000;

const readers: Readonly<Record<Readable, (store: Store) => AsyncGenerator<unknown, void, undefined>>> = {
  "executions listed": ({ executions }) => executions.iterate({ limit }),
  "kv entries streamed": ({ kv }) => kv.iterate("bench", { limit }),
  "history read": ({ history }) => history.iterate("e", { limit }),
  "tasks walked": ({ tasks }) => tasks.walk("t0"),
};

async function readAll(url: string, what: Readable): Promise<ReadAll> {
  const store = await openStore({ url });
  let rows = 0;
  let before = 0;
  let most = 0;
  const startedAt = performance.now();
  for await (const _ of readers[what](store)) {
    rows += 1;
    // What the first page needs, such as compiled code, is no growth.
    if (rows === limit) {
      globalThis.gc?.();
      before = process.memoryUsage.rss();
    } else if (rows % limit === 0) {
      most = Math.max(most, process.memoryUsage.rss());
    }
  }
  const elapsedMs = performance.now() - startedAt;
  await store.close();
  return { rows, elapsedMs, grewMiB: Math.max(0, most - before) / 2 ** 20 };
}

const [, , url = "", what = ""] = process.argv;
console.log(JSON.stringify(await readAll(url, what as Readable)));
