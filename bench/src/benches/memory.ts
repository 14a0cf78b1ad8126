import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Store } from "holdfast";
import type { Bench, Contender } from "../bench.ts";
import { afterwards, copyRow, type Own } from "../fill.ts";
import { openHoldfast } from "../peers/holdfast.ts";
import { expectSame } from "../rows.ts";
import type { Readable, ReadAll } from "./reader.ts";

const run = promisify(execFile);
const reader = fileURLToPath(new URL("reader.ts", import.meta.url));

/** What is read: how its first row is made, and what the others have of their own. */
interface Table {
  readonly what: Readable;
  readonly table: string;
  readonly first: (store: Store) => Promise<unknown>;
  readonly own: Own;
}

/** Left alone, V8 collects what is dead so late that the size of a process says nothing of what it needs. */
const smallHeap = ["--expose-gc", "--max-old-space-size=64", "--max-semi-space-size=4"];

const text = "x".repeat(200);

const tables: readonly Table[] = [
  {
    what: "executions listed",
    table: "executions",
    first: (store) => store.executions.save({ id: "e", status: "running", state: { text } }),
    own: { id: "'e' || n" },
  },
  {
    what: "kv entries streamed",
    table: "kv_entries",
    first: (store) => store.kv.set({ prefix: "bench", key: "k", value: Buffer.from(text) }),
    own: { key: "'k' || n" },
  },
  {
    what: "history read",
    table: "history_entries",
    first: async (store) => {
      await store.executions.save({ id: "e", status: "running" });
      await store.history.append("e", [{ kind: "happened", payload: { text } }]);
    },
    own: { number: "1 + n" },
  },
  {
    what: "tasks walked",
    table: "tasks",
    first: async (store) => {
      await store.executions.save({ id: "e", status: "running" });
      await store.tasks.save({ id: "t0", executionId: "e", name: "task" });
    },
    own: { id: "'t' || n", parent_id: "'t' || (n - 1) / 10" },
  },
];

/** Many rows are read, and few are in memory. */
export const memory: Bench = {
  name: "memory",
  measures:
    "All rows of a large table are read by a process of their own, page after page or one by one: by how much it grows after its " +
    "first page, at most.",
  unit: "rows",
  // They take long, and what a process needs differs little.
  roundsMax: 1,
  cases: ({ rows }) => [
    { name: `${rows.toLocaleString("en-US")} rows`, contenders: tables.map((table) => reading(table, rows)) },
  ],
};

function reading({ what, table, first, own }: Table, rows: number): Contender {
  return {
    name: what,
    isOurs: true,
    open: async ({ url, pool }) => {
      const store = await openHoldfast({ url, pool });
      await first(store);
      await store.close();
      await copyRow(pool, table, { rows: rows - 1, own });
      await pool.query(afterwards);
      let read = 0;
      return {
        isClientElsewhere: true,
        run: async () => {
          const { stdout } = await run(process.execPath, [...process.execArgv, ...smallHeap, reader, url, what]);
          const { elapsedMs, grewMiB, rows: counted } = JSON.parse(stdout) as ReadAll;
          read = counted;
          return { operations: counted, elapsedMs, latencyMs: null, grewMiB };
        },
        check: async () => expectSame(read, rows, "rows read"),
        close: async () => undefined,
      };
    },
  };
}
