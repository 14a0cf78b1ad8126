import { describe, expectTypeOf, test } from "vitest";
import {
  type ClaimedJob,
  type Fenced,
  type HoldfastError,
  openStore,
  type Page,
  type Snapshot,
  type Store,
  type Transaction,
  type TransitionInput,
} from "../src/index.ts";

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

  test("what is counted is a number, a snapshot's version a bigint, moments are Date, payloads are unknown", () => {
    expectTypeOf<ClaimedJob["token"]>().toEqualTypeOf<number>();
    expectTypeOf<ClaimedJob["leaseUntil"]>().toEqualTypeOf<Date>();
    expectTypeOf<ClaimedJob["payload"]>().toBeUnknown();
    expectTypeOf<Snapshot["version"]>().toEqualTypeOf<bigint>();
    expectTypeOf<Snapshot["payload"]>().toEqualTypeOf<Uint8Array>();
    expectTypeOf<TransitionInput["expectedVersion"]>().toEqualTypeOf<number | undefined>();
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
