import { openStore, type Store } from "holdfast";
import { ConflictError, DuplicateError, InvalidInputError, NotFoundError } from "holdfast/errors";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { createMachine, fromCallback, fromPromise, setup, spawnChild } from "xstate";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { storeWithClock } from "../../holdfast/test/support/moved-time.ts";
import { HoldfastActors, type Machines, startActors } from "../src/index.ts";
import { orderMachine } from "./machines.ts";

const hourMs = 3_600_000;
const order = { order: { logic: orderMachine(async ({ id }) => `parcel of ${id}`) } };

/** Runs the machines until the test ends. Its errors fail the test. */
async function running(store: Store, machines: Machines): Promise<void> {
  const errors: unknown[] = [];
  const worker = await startActors(store, machines, { onError: (error) => errors.push(error) });
  onTestFinished(async () => {
    await worker.stop({ graceMs: 0 });
    expect(errors).toEqual([]);
  });
}

describeOnEach("an actor", (database) => {
  let store: Store;

  beforeAll(async () => {
    store = await openStore(await database.prepared());
  });
  afterAll(() => store.close());

  test("receives what was sent while it did not run, in order, and ends with its output", async () => {
    const actors = new HoldfastActors(store, order);
    await actors.create({ machine: "order", id: "a", input: { id: "a" } });
    for (const name of ["one", "two", "three"]) await actors.send("a", { type: "ITEM", name });
    await actors.send("a", { type: "PAY" });
    expect(await actors.get("a")).toMatchObject({ snapshot: null, version: null, applied: 0, status: "pending" });

    await running(store, order);
    const ended = await actors.result("a");
    const log = ["one", "two", "three", "shipped"];
    expect(ended).toMatchObject({ status: "succeeded", output: { tracking: "parcel of a", log }, applied: 4 });
    await expect(actors.send("a", { type: "PAY" })).rejects.toThrow(ConflictError);
  });

  test("keeps the snapshots of its children, and goes on with them", async () => {
    const actors = new HoldfastActors(store, order);
    await running(store, order);
    await actors.create({ machine: "order", id: "b", input: { id: "b" } });
    const count = async () => (await actors.require("b")).snapshot;
    for (const number of [1, 2, 3]) {
      await actors.send("b", { type: "ITEM", name: "x" });
      await expect.poll(count).toMatchObject({
        value: "open",
        children: { counter: { snapshot: { context: { count: number } } } },
      });
    }
    expect(await actors.stop("b")).toBe(true);
    expect((await actors.require("b")).status).toBe("canceled");
  });

  test("takes an event only if nothing was sent since its record, when asked to", async () => {
    const actors = new HoldfastActors(store, order);
    await running(store, order);
    await actors.create({ machine: "order", id: "c", input: { id: "c" } });
    await expect.poll(async () => (await actors.require("c")).status).toBe("waiting");
    const { applied } = await actors.require("c");
    const sent = await Promise.allSettled(
      ["PAY", "CANCEL"].map((type) => new HoldfastActors(store, order).send("c", { type }, { applied })),
    );
    expect(sent.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(sent.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "conflict" } });
    expect((await actors.result("c"))?.applied).toBe(1);
  });

  test("goes on by the migration of a newer machine, and waits for one if it is newer itself", async () => {
    const logicOf = (value: string) =>
      createMachine({ initial: value, states: { [value]: { on: { GO: "end" } }, end: { type: "final" } } });
    const first = { door: { logic: logicOf("ajar") } };
    const actors = new HoldfastActors(store, first);
    const worker = await startActors(store, first);
    await actors.create({ machine: "door", id: "d" });
    await expect.poll(async () => (await actors.require("d")).snapshot).toMatchObject({ value: "ajar" });
    await worker.stop();

    const second: Machines = {
      door: {
        logic: logicOf("open"),
        version: 2,
        migrate: (snapshot, from) => Object.assign({}, snapshot, { value: from === 1 ? "open" : "?" }),
      },
    };
    const newer = await startActors(store, second);
    await actors.send("d", { type: "OTHER" });
    await expect.poll(() => actors.require("d")).toMatchObject({ version: 2, snapshot: { value: "open" } });
    await newer.stop();

    const refused = new Promise((resolve) => {
      void startActors(store, first, { onError: resolve }).then((older) => onTestFinished(() => older.stop()));
    });
    await actors.send("d", { type: "GO" });
    expect(await refused).toMatchObject({ code: "conflict", facts: { expected: 1, actual: 2 } });
    expect(await actors.require("d")).toMatchObject({ version: 2, snapshot: { value: "open" } });
  });

  test("waits for a machine that its snapshot fits, and keeps the snapshot meanwhile", async () => {
    const logicOf = (value: string) =>
      createMachine({ initial: value, states: { [value]: { on: { GO: "end" } }, end: { type: "final" } } });
    const fitting = { gate: { logic: logicOf("ajar") } };
    const actors = new HoldfastActors(store, fitting);
    const worker = await startActors(store, fitting);
    await actors.create({ machine: "gate", id: "h" });
    await expect.poll(async () => (await actors.require("h")).status).toBe("waiting");
    await worker.stop();
    const migrate = () => {
      throw new Error("no way");
    };
    for (const misfit of [{ logic: logicOf("open") }, { logic: logicOf("ajar"), version: 2, migrate }]) {
      const errors: unknown[] = [];
      const other = await startActors(store, { gate: misfit }, { onError: (error) => errors.push(error) });
      await actors.send("h", { type: "OTHER" });
      await expect.poll(() => errors[0]).toMatchObject({ code: "conflict", facts: { actual: 1 } });
      await other.stop();
      expect(await actors.require("h")).toMatchObject({ version: 1, snapshot: { status: "active", value: "ajar" } });
    }
  });

  test("is created, and sent to, in a transaction of the application", async () => {
    await expect(
      store.transaction(async (tx) => {
        const actors = new HoldfastActors(tx, order);
        await actors.create({ machine: "order", id: "e", input: { id: "e" } });
        await actors.send("e", { type: "PAY" });
        throw new Error("The application changes its mind.");
      }),
    ).rejects.toThrow("changes its mind");
    const actors = new HoldfastActors(store, order);
    expect(await actors.get("e")).toBeNull();
    await expect(actors.require("e")).rejects.toThrow(NotFoundError);
  });

  test("fails with the error that nobody handled, or that keeps it from being stored", async () => {
    const machines = {
      broken: {
        logic: setup({ actors: { fail: fromPromise(async () => Promise.reject(new Error("no ink"))) } }).createMachine({
          invoke: { src: "fail" },
        }),
      },
      inline: {
        logic: createMachine({
          entry: spawnChild(
            fromCallback(() => undefined),
            { id: "inline" },
          ),
        }),
      },
      odd: { logic: createMachine({ context: { at: new Date(0) } }) },
    };
    const actors = new HoldfastActors(store, machines);
    await running(store, machines);
    const results = await Promise.all(
      Object.keys(machines).map(async (machine) => actors.result(await actors.create({ machine }))),
    );
    expect(results.map((result) => [result?.status, (result?.error as Error | undefined)?.message])).toEqual([
      ["failed", "no ink"],
      ["failed", expect.stringContaining("persisted")],
      ["failed", expect.stringContaining("state.snapshot.context.at")],
    ]);
  });
});

describeOnEach("the delays of an actor", (database) => {
  test("pass while no process runs it, and come before later events", async () => {
    const { store, clock } = await storeWithClock(database);
    onTestFinished(() => store.close());
    const actors = new HoldfastActors(store, order);
    const worker = await startActors(store, order);
    await actors.create({ machine: "order", id: "f", input: { id: "f" } });
    await expect.poll(async () => (await actors.require("f")).status).toBe("waiting");
    await worker.stop();

    await clock.advance(hourMs + 1);
    await actors.send("f", { type: "ITEM", name: "late" });
    await running(store, order);
    await expect
      .poll(async () => (await actors.require("f")).snapshot)
      .toMatchObject({
        value: "reminded",
        context: { log: ["reminded", "late"] },
      });
    await clock.advance(hourMs + 1);
    expect(await actors.result("f")).toMatchObject({ status: "succeeded", output: { log: ["reminded", "late"] } });
  });
});

describe("bad input", () => {
  test("is an error that names its field", async () => {
    const store = await openStore({ memory: true });
    onTestFinished(() => store.close());
    const actors = new HoldfastActors(store, order);
    await actors.create({ machine: "order", id: "g" });
    const fieldOf = async (call: () => unknown) =>
      Promise.resolve()
        .then(call)
        .catch((error: unknown) => (error instanceof InvalidInputError ? error.facts["field"] : error));
    expect(await fieldOf(() => new HoldfastActors(store, {}))).toBe("machines");
    const odd = { logic: order.order.logic, versoin: 2 };
    expect(await fieldOf(() => new HoldfastActors(store, { odd }))).toBe("machines.odd.versoin");
    const zero = { logic: order.order.logic, version: 0 };
    expect(await fieldOf(() => startActors(store, { zero }))).toBe("machines.zero.version");
    expect(await fieldOf(() => actors.create({ machine: "none" }))).toBe("machine");
    expect(await fieldOf(() => actors.send("g", {} as { type: string }))).toBe("event.type");
    expect(await fieldOf(() => actors.send("g", { type: "X" }, { applied: -1 }))).toBe("options.applied");
    await expect(actors.create({ machine: "order", id: "g" })).rejects.toThrow(DuplicateError);
    await expect(actors.send("none", { type: "X" })).rejects.toThrow(NotFoundError);
  });
});
