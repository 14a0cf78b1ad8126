import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { openStore, type Store } from "holdfast";
import { testStore } from "holdfast/testing";
import type { Bench, Contender, Place, Size } from "../bench.ts";
import { callersName, latencyOf, type Load, underLoad } from "../load.ts";
import { payload } from "../payload.ts";
import { expectSame } from "../rows.ts";
import type { EmbeddedPlace } from "./opener.ts";

const run = promisify(execFile);
const opener = fileURLToPath(new URL("opener.ts", import.meta.url));

/** Where a store may be. */
interface Home {
  readonly name: string;
  readonly open: (place: Place) => Promise<Pick<Store, "close" | "executions" | "jobs" | "queues">>;
}

/** The embedded PostgreSQL beside the server. */
export const embedded: Bench = {
  name: "embedded",
  measures:
    "A store is opened, first of all in a new process or again and again in one, or one job is pushed or one execution with 1 KB of state is written a call: on the server, in an embedded " +
    "database in a folder, whose commits are on disk, and in one in memory. What an operation cost is the server's alone.",
  unit: "calls",
  // Nobody is compared here, and a database that is opened takes long.
  roundsMax: 1,
  cases: (size) => [
    { name: "open first", contenders: [openFolderCold(size), openMemoryCold(size)] },
    { name: "open again", contenders: [openFolder(size), openMemory(size), openTestStore(size)] },
    ...[1, 50].flatMap((callers) => {
      const load = { callers, size };
      return [
        { name: `push, ${callersName(callers)}`, contenders: homes.map((home) => push(home, load)) },
        { name: `save, ${callersName(callers)}`, contenders: homes.map((home) => save(home, load)) },
      ];
    }),
  ],
};

const homes: readonly Home[] = [
  { name: "Holdfast on the server", open: ({ url }) => openStore({ url }) },
  { name: "Holdfast in a folder", open: () => openInNewFolder() },
  { name: "Holdfast in memory", open: () => openStore({ memory: true }) },
];

function makeFolder(): { readonly folder: string; readonly remove: () => void } {
  const parent = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  return { folder: join(parent, "data"), remove: () => rmSync(parent, { recursive: true }) };
}

async function openInNewFolder(): Promise<Pick<Store, "close" | "executions" | "jobs" | "queues">> {
  const { folder, remove } = makeFolder();
  const store = await openStore({ folder });
  return {
    executions: store.executions,
    jobs: store.jobs,
    queues: store.queues,
    close: async () => {
      await store.close();
      remove();
    },
  };
}

function push({ name, open }: Home, load: Load): Contender {
  return underLoad({ name, isOurs: true }, load, async (place) => {
    const store = await open(place);
    return {
      call: (i) => store.jobs.push({ queue: "noop", payload: { i } }),
      check: async (calls) => {
        const { counts } = await store.queues.get("noop", { countUpTo: 1_000_000 });
        expectSame(counts.ready, calls, "ready jobs");
      },
      close: () => store.close(),
    };
  });
}

function save({ name, open }: Home, load: Load): Contender {
  return underLoad({ name, isOurs: true }, load, async (place) => {
    const store = await open(place);
    return {
      call: (i) => store.executions.save({ id: `e${i}`, status: "running", state: payload(i) }),
      check: async (calls) => expectSame(await store.executions.count(), calls, "executions"),
      close: () => store.close(),
    };
  });
}

function openFolder(size: Size): Contender {
  return opening("a folder that exists", size, async () => {
    const { folder, remove } = makeFolder();
    await (await openStore({ folder })).close();
    return { openMs: () => timed(() => openStore({ folder })), remove };
  });
}

function openMemory(size: Size): Contender {
  return opening("in memory", size, async () => ({ openMs: () => timed(() => openStore({ memory: true })) }));
}

/** What a process needs before it opens is not counted: to start, and to load the library. */
function openFolderCold(size: Size): Contender {
  return opening("a folder that exists, in a new process", size, async () => {
    const { folder, remove } = makeFolder();
    await (await openStore({ folder })).close();
    return { openMs: () => openedIn({ folder }), remove };
  });
}

function openMemoryCold(size: Size): Contender {
  return opening("in memory, in a new process", size, async () => ({ openMs: () => openedIn({ memory: true }) }));
}

async function openedIn(options: EmbeddedPlace): Promise<number> {
  const { stdout } = await run(process.execPath, [...process.execArgv, opener, JSON.stringify(options)]);
  return Number(stdout);
}

/** After the first, which starts the database that all of them share. */
function openTestStore(size: Size): Contender {
  return opening("a test store", size, async () => {
    await (await testStore()).close();
    return { openMs: () => timed(() => testStore()) };
  });
}

interface Opener {
  /** Opens once and closes; answers how long the opening took. */
  readonly openMs: () => Promise<number>;
  readonly remove?: () => void;
}

async function timed(open: () => Promise<{ close(): Promise<void> }>): Promise<number> {
  const startedAt = performance.now();
  const store = await open();
  const elapsedMs = performance.now() - startedAt;
  await store.close();
  return elapsedMs;
}

/** Opens and closes again and again; only the opening counts. */
function opening(name: string, { seconds }: Size, prepare: () => Promise<Opener>): Contender {
  return {
    name,
    isOurs: true,
    open: async () => {
      const { openMs, remove } = await prepare();
      return {
        isClientElsewhere: true,
        run: async () => {
          const latenciesMs: number[] = [];
          const endAt = performance.now() + seconds * 1000;
          while (latenciesMs.length < 2 || performance.now() < endAt) {
            latenciesMs.push(await openMs());
          }
          const elapsedMs = latenciesMs.reduce((sum, each) => sum + each, 0);
          return { operations: latenciesMs.length, elapsedMs, latencyMs: latencyOf(latenciesMs) };
        },
        check: async () => undefined,
        close: async () => remove?.(),
      };
    },
  };
}
