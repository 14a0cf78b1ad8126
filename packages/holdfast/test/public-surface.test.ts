import { describe, expect, expectTypeOf, test } from "vitest";
import type { IteratorName, ListName } from "../../contract/src/cases/list-names.ts";
import type { Fenced } from "../src/claims/index.ts";
import type { TransitionInput } from "../src/executions/index.ts";
import {
  type ClaimedJob,
  type HoldfastError,
  openStore,
  type Page,
  type Snapshot,
  type Store,
  type Transaction,
} from "../src/index.ts";
import type { Nouns } from "../src/transactions/index.ts";
import { files } from "./tidy/sources.ts";
import { entryPoints, exportsOf, packageSources } from "./tidy/surface.ts";

const entries = entryPoints("holdfast");
const exported = exportsOf([...entries.values()], packageSources("holdfast"));

/** What belongs to no noun and no other part. */
const ROOT_ONLY = ["openStore", "Store", "StoreOptions", "newId"];

function namesOf(entry: string): readonly string[] {
  const path = entries.get(entry);
  return exported.flatMap((found) => (found.entry === path ? [found.name] : [])).toSorted();
}

const NOUNS = [
  "blobs",
  "checkpoints",
  "components",
  "correlations",
  "definitions",
  "executions",
  "history",
  "jobs",
  "kv",
  "queues",
  "schedules",
  "snapshots",
  "tasks",
  "timers",
] as const satisfies readonly (keyof Nouns)[];
const BESIDE_NOUNS =
  "archive claims codecs connection errors health lists migrations retention telemetry testing transactions worker".split(
    " ",
  );
const LIBRARIES = "drizzle knex kysely pg pglite postgres-js prisma typeorm".split(" ");
const ADAPTERS = ["abstract-level", "keyv", "store", ...LIBRARIES];

describe("the entry points", () => {
  test("are the root, one a noun, and few beside them", () => {
    expectTypeOf<(typeof NOUNS)[number]>().toEqualTypeOf<keyof Nouns>();
    const subpaths = [...NOUNS, ...BESIDE_NOUNS, ...ADAPTERS].map((name) => `holdfast/${name}`);
    expect([...entries.keys()].toSorted()).toEqual(["holdfast", ...subpaths].toSorted());
  });

  test("the root has what a program needs first", () => {
    const records =
      "BlobInfo Checkpoint ClaimedExecution ClaimedJob ComponentState Definition Execution HistoryEntry Job KvEntry Page Queue " +
      "Schedule Snapshot Status Task Timer Wait";
    const workers =
      "ExecutionContext ExecutionHandler JobContext JobHandler TimerHandler Worker WorkerOptions startScheduler " +
      "startTimerPump startWorker";
    const definitions = "defineComponent defineKv defineQueue defineWorkflow handle";
    const others = `Transaction ConnectionOptions ${workers} ${records} ${definitions}`.split(" ");
    const errors = namesOf("holdfast/errors").filter((name) => name.endsWith("Error"));
    expect(namesOf("holdfast")).toEqual([...ROOT_ONLY, ...others, ...errors].toSorted());
  });

  test("every name is on one subpath, and what the root repeats is the same there", () => {
    const onSubpaths = exported.filter(({ entry }) => entry !== entries.get("holdfast"));
    const names = onSubpaths.map(({ name }) => name);
    expect(names.length).toBeGreaterThan(300);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);

    const origins = new Map(onSubpaths.map(({ name, origin }) => [name, origin]));
    const inRoot = exported.filter(({ entry }) => entry === entries.get("holdfast"));
    const repeated = inRoot.filter(({ name }) => !ROOT_ONLY.includes(name));
    expect(repeated.filter(({ name, origin }) => origins.get(name) !== origin)).toEqual([]);
    expect(ROOT_ONLY.filter((name) => origins.has(name))).toEqual([]);
  });

  test("have these functions and classes; all else are types", async () => {
    const modules = await Promise.all([...entries.keys()].map(async (entry) => [entry, await import(entry)] as const));
    const values = modules.map(([entry, module]) => [entry, Object.keys(module as object).toSorted()] as const);
    const errors = namesOf("holdfast/errors").filter((name) => name.endsWith("Error"));
    expect(Object.fromEntries(values.filter(([, names]) => names.length > 0))).toEqual({
      holdfast: [
        ...errors,
        "defineComponent",
        "defineKv",
        "defineQueue",
        "defineWorkflow",
        "handle",
        "newId",
        "openStore",
        "startScheduler",
        "startTimerPump",
        "startWorker",
      ],
      "holdfast/abstract-level": ["HoldfastLevel"],
      "holdfast/blobs": ["isBlobRef"],
      "holdfast/codecs": ["compressingCodec", "encryptingCodec", "jsonCodec", "richCodec"],
      "holdfast/components": ["defineComponent"],
      "holdfast/connection": ["locateDatabase"],
      "holdfast/drizzle": ["fromDrizzle"],
      "holdfast/definitions": ["defineWorkflow", "validateSteps"],
      "holdfast/errors": errors,
      "holdfast/health": ["diagnoseDatabase"],
      "holdfast/jobs": ["defineQueue"],
      "holdfast/keyv": ["HoldfastKeyv"],
      "holdfast/knex": ["fromKnex"],
      "holdfast/kv": ["defineKv"],
      "holdfast/kysely": ["fromKysely"],
      "holdfast/migrations": ["migrationSql"],
      "holdfast/pg": ["shareable"],
      "holdfast/pglite": ["fromPglite"],
      "holdfast/postgres-js": ["fromPostgresJs"],
      "holdfast/prisma": ["fromPrisma"],
      "holdfast/schedules": ["tickOf"],
      "holdfast/store": ["stateStore", "stateStoreOn", "workflowStore"],
      "holdfast/typeorm": ["fromTypeOrm"],
      "holdfast/testing": ["testSchema", "testStore"],
      "holdfast/worker": ["handle", "startScheduler", "startTimerPump", "startWorker"],
    });
  });

  test("are all told in docs/imports.md", () => {
    const [page] = files((path) => path === "docs/imports.md");
    const told = page?.text.matchAll(/^\| `(holdfast[^`]*)`/gm) ?? [];
    expect([...told].map(([, entry = ""]) => entry).toSorted()).toEqual([...entries.keys()].toSorted());
  });
});

// These are checked by the compiler; running them proves only that the surface is there.
describe("the types of the public surface", () => {
  test("a store and a transaction have the same nouns", () => {
    type Nouns =
      | "definitions"
      | "executions"
      | "tasks"
      | "components"
      | "kv"
      | "correlations"
      | "timers"
      | "schedules"
      | "history"
      | "jobs"
      | "queues"
      | "snapshots"
      | "checkpoints"
      | "blobs";
    expectTypeOf<Pick<Store, Nouns>>().toEqualTypeOf<Pick<Transaction, Nouns>>();
    expectTypeOf<Exclude<keyof Transaction, Nouns>>().toEqualTypeOf<"transaction" | "read" | "query">();
  });

  test("a store is opened in exactly one way", () => {
    expectTypeOf(openStore).toBeCallableWith({ memory: true });
    expectTypeOf(openStore).toBeCallableWith({ folder: "state", durability: "full", schema: "mine" });
    expectTypeOf(openStore).toBeCallableWith({ url: "postgres://localhost/app", poolMax: 5 });
    // @ts-expect-error two places
    expectTypeOf(openStore).toBeCallableWith({ folder: "state", url: "postgres://localhost/app" });
  });

  test("missing rows are null, lost races are values", () => {
    expectTypeOf<Awaited<ReturnType<Store["tasks"]["get"]>>>().toBeNullable();
    expectTypeOf<Awaited<ReturnType<Store["tasks"]["require"]>>>().not.toBeNullable();
    expectTypeOf<Fenced<string>>().toEqualTypeOf<
      { readonly ok: true } | { readonly ok: false; readonly current: string | null }
    >();
    expectTypeOf<Awaited<ReturnType<Store["jobs"]["list"]>>>().toExtend<Page<unknown>>();
  });

  test("beside every list is an iterator, which takes the same and gives the items of its pages", () => {
    type Item<P> = P extends { readonly items: readonly (infer T)[] } ? T : never;
    type Iterator<L> = L extends (...args: infer A) => Promise<infer P>
      ? (...args: A) => AsyncGenerator<Item<P>, void, undefined>
      : never;
    // A generic method, of its type parameters' bounds: as those of lists are inferred.
    type Plain<M> = M extends (...args: infer A) => infer R ? (...args: A) => R : never;
    type IsSame<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
    type Missing = {
      [L in ListName]: L extends `${infer N extends keyof Nouns}.${infer M}`
        ? IsSame<
            Record<IteratorName<M>, Iterator<Nouns[N][M & keyof Nouns[N]]>>,
            { [I in IteratorName<M> & keyof Nouns[N]]: Plain<Nouns[N][I]> }
          > extends true
          ? never
          : L
        : L;
    }[ListName];
    expectTypeOf<Missing>().toBeNever();
    expectTypeOf<"jobs.deadLetters" | "kv.prefixes" | "history.readAll">().toExtend<ListName>();
  });

  test("what is counted is a number, a snapshot's version a bigint, moments are Date, payloads are unknown", () => {
    expectTypeOf<ClaimedJob["token"]>().toEqualTypeOf<number>();
    expectTypeOf<ClaimedJob["leaseUntil"]>().toEqualTypeOf<Date>();
    expectTypeOf<ClaimedJob["payload"]>().toBeUnknown();
    expectTypeOf<Snapshot["version"]>().toEqualTypeOf<bigint>();
    expectTypeOf<Snapshot["payload"]>().toEqualTypeOf<Uint8Array>();
    expectTypeOf<NonNullable<TransitionInput["require"]>["version"]>().toEqualTypeOf<number | undefined>();
  });

  test("what a transaction's function returns is what the call returns", () => {
    const typed = (store: Store): Promise<number> => store.transaction(async () => 7);
    expectTypeOf(typed).returns.resolves.toBeNumber();
  });

  test("every error has a stable code", () => {
    expectTypeOf<HoldfastError["code"]>().toExtend<string>();
    expectTypeOf<HoldfastError["retryable"]>().toBeBoolean();
  });
});
