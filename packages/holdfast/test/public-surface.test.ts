import { describe, expectTypeOf, test } from "vitest";
import {
  type ClaimedJob,
  type Fenced,
  type HoldfastError,
  openStore,
  type Nouns,
  type Page,
  type Snapshot,
  type Store,
  type Transaction,
  type TransitionInput,
} from "../src/index.ts";
import type { IteratorName, ListName } from "../src/testing/contract/iterators.ts";

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
      | "blobs";
    expectTypeOf<Pick<Store, Nouns>>().toEqualTypeOf<Pick<Transaction, Nouns>>();
    expectTypeOf<Exclude<keyof Transaction, Nouns>>().toEqualTypeOf<"transaction">();
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
    type IsSame<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
    type Missing = {
      [L in ListName]: L extends `${infer N extends keyof Nouns}.${infer M}`
        ? IsSame<
            Record<IteratorName<M>, Iterator<Nouns[N][M & keyof Nouns[N]]>>,
            Pick<Nouns[N], IteratorName<M> & keyof Nouns[N]>
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
