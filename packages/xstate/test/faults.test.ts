import { EventEmitter, once } from "node:events";
import { openStore, type Store } from "holdfast";
import type { Worker } from "holdfast/worker";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { assign, createMachine, fromCallback, fromPromise, setup, spawnChild } from "xstate";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { storeWithClock } from "../../holdfast/test/support/moved-time.ts";
import { HoldfastActors, type Machine, type Machines, startActors } from "../src/index.ts";

const hourMs = 3_600_000;
const quiet = { onError: () => undefined };
const odd = (value: unknown) => value as never;

async function running(store: Store, machines: Machines): Promise<Worker> {
  const worker = await startActors(store, machines, quiet);
  onTestFinished(() => worker.stop({ graceMs: 0 }));
  return worker;
}

describeOnEach("actors", (database) => {
  let store: Store;

  beforeAll(async () => {
    store = await openStore(await database.prepared());
  });
  afterAll(() => store.close());

  const idleAs = async (actors: HoldfastActors, id: string, version: number): Promise<void> => {
    await expect.poll(() => actors.require(id)).toMatchObject({ status: "waiting", version });
  };

  test("keep their snapshots if a migration returns none", async () => {
    const logic = createMachine({
      context: { count: 0 },
      on: { ADD: { actions: assign({ count: ({ context }: { context: { count: number } }) => context.count + 1 }) } },
    });
    const actors = new HoldfastActors(store, { kept: { logic } });
    const worker = await running(store, { kept: { logic } });
    await actors.create({ machine: "kept", id: "kept" });
    await actors.send("kept", { type: "ADD" });
    await expect.poll(() => actors.require("kept")).toMatchObject({ applied: 1, status: "waiting" });
    await worker.stop();
    const returned: readonly unknown[] = [
      undefined,
      null,
      {},
      Promise.resolve({ status: "active" }),
      { status: "odd" },
    ];
    for (const made of returned) {
      const errors: unknown[] = [];
      const machines: Machines = { kept: { logic, version: 2, migrate: () => odd(made) } };
      const newer = await startActors(store, machines, { onError: (error) => errors.push(error) });
      await actors.send("kept", { type: "OTHER" });
      await expect.poll(() => errors[0]).toMatchObject({ code: "conflict", facts: { reason: "version", actual: 1 } });
      await newer.stop();
      expect(await actors.require("kept")).toMatchObject({ version: 1, snapshot: { context: { count: 1 } } });
    }
    await running(store, { kept: { logic, version: 2 } });
    await idleAs(actors, "kept", 2);
    expect(await actors.require("kept")).toMatchObject({ applied: 6, snapshot: { context: { count: 1 } } });
  });

  test("keep errors in their context as objects", async () => {
    const fail = fromPromise<unknown>(async () => Promise.reject(new TypeError("no ink")));
    const machine = setup({ types: { context: {} as { error: unknown } }, actors: { fail } }).createMachine({
      context: { error: null },
      initial: "working",
      states: {
        working: {
          invoke: {
            src: "fail",
            onError: { target: "broken", actions: assign({ error: ({ event }) => [{ cause: event.error }] }) },
          },
        },
        broken: {},
      },
    });
    const machines = { printer: { logic: machine } };
    const actors = new HoldfastActors(store, machines);
    await running(store, machines);
    const id = await actors.create({ machine: "printer" });
    const error = [{ cause: { name: "TypeError", message: "no ink" } }];
    await expect.poll(() => actors.require(id)).toMatchObject({ snapshot: { value: "broken", context: { error } } });
  });

  test("fail if they spawn children without names, which another process would give to others", async () => {
    const child = createMachine({});
    const machines: Machines = {
      counted: { logic: setup({ actors: { child } }).createMachine({ entry: spawnChild("child") }) },
      contained: {
        logic: setup({ actors: { child } }).createMachine({ context: ({ spawn }) => ({ child: spawn("child") }) }),
      },
    };
    const actors = new HoldfastActors(store, machines);
    await running(store, machines);
    for (const machine of Object.keys(machines)) {
      const ended = await actors.result(await actors.create({ machine }));
      expect(ended).toMatchObject({ status: "failed", error: { message: expect.stringContaining("give spawn") } });
    }
  });

  test("wait for ever by an infinite delay, and fail by one that is no number", async () => {
    const machineOf = (wait: number): Machine => {
      const states = { a: { after: { wait: "b" }, on: { GO: "b" } }, b: { type: "final" } } as const;
      return { logic: setup({ delays: { wait: () => wait } }).createMachine({ initial: "a", states }) };
    };
    const machines = { infinite: machineOf(Infinity), far: machineOf(1e15), none: machineOf(Number.NaN) };
    const actors = new HoldfastActors(store, machines);
    await running(store, machines);
    for (const machine of ["infinite", "far"]) {
      const id = await actors.create({ machine });
      await idleAs(actors, id, 1);
      await actors.send(id, { type: "GO" });
      expect(await actors.result(id)).toMatchObject({ status: "succeeded" });
    }
    const ended = await actors.result(await actors.create({ machine: "none" }));
    expect(ended).toMatchObject({ status: "failed", error: { message: expect.stringContaining("xstate.after.wait") } });
  });

  test("are listed by their labels, which follow their states, and removed", async () => {
    const logic = createMachine({ initial: "open", states: { open: { on: { CLOSE: "closed" } }, closed: {} } });
    const machines: Machines = { shop: { logic, labels: ({ value }) => ({ state: String(value) }) } };
    const actors = new HoldfastActors(store, machines);
    await running(store, machines);
    for (const id of ["s1", "s2", "s3"]) await actors.create({ machine: "shop", id, labels: { city: "Turin" } });
    await actors.send("s2", { type: "CLOSE" });
    const listed = async (labels: Record<string, string>) =>
      (await actors.list({ machine: "shop", labels })).items.map(({ id }) => id);
    await expect.poll(() => listed({ city: "Turin", state: "closed" })).toEqual(["s2"]);
    await expect.poll(() => listed({ state: "open" })).toEqual(["s1", "s3"]);
    expect((await actors.list({ machine: "shop", limit: 1 })).items).toMatchObject([
      { id: "s1", machine: "shop", labels: { city: "Turin", state: "open" } },
    ]);
    expect(await actors.remove("s1")).toBe(true);
    expect(await actors.remove("s1")).toBe(false);
    expect(await listed({ state: "open" })).toEqual(["s3"]);
  });

  test("leave their process at once when they are removed", async () => {
    const calls = new EventEmitter();
    const begun = once(calls, "begun");
    const listen = fromCallback(() => {
      calls.emit("begun");
      return () => calls.emit("over");
    });
    const machines = {
      heard: { logic: setup({ actors: { listen } }).createMachine({ invoke: { src: "listen", id: "listen" } }) },
    };
    const actors = new HoldfastActors(store, machines);
    await running(store, machines);
    const id = await actors.create({ machine: "heard" });
    await begun;
    // Sooner than by the next heartbeat.
    const over = once(calls, "over", { signal: AbortSignal.timeout(5000) });
    expect(await actors.remove(id)).toBe(true);
    await over;
    expect(await actors.get(id)).toBeNull();
  });

  test("are no other executions", async () => {
    const machines = { shop: { logic: createMachine({}) } };
    const actors = new HoldfastActors(store, machines);
    await store.executions.create({ id: "other", input: 1, state: { a: 1 } });
    expect(await actors.get("other")).toBeNull();
    expect(await actors.stop("other")).toBe(false);
    expect(await actors.remove("other")).toBe(false);
    await store.executions.cancel("other");
    await expect(actors.result("other")).rejects.toMatchObject({ code: "not_found" });
  });
});

describeOnEach("actors over time", (database) => {
  test("begin the delays that a new version gives their states", async () => {
    const { store, clock } = await storeWithClock(database);
    onTestFinished(() => store.close());
    const logicOf = (value: string, ms: number) =>
      createMachine({ initial: value, states: { [value]: { after: { [ms]: "late" } }, late: { type: "final" } } });
    const first = { door: { logic: logicOf("open", hourMs) } };
    const actors = new HoldfastActors(store, first);
    const worker = await startActors(store, first);
    for (const id of ["a", "b"]) {
      await actors.create({ machine: "door", id });
      await expect.poll(async () => (await actors.require(id)).status).toBe("waiting");
    }
    await worker.stop();
    const migrate: Machine["migrate"] = (snapshot) => Object.assign({}, snapshot, { value: "ajar" });
    await running(store, { door: { logic: logicOf("ajar", 2 * hourMs), version: 2, migrate } });
    for (const id of ["a", "b"]) {
      await actors.send(id, { type: "LOOK" });
      await expect.poll(() => actors.require(id)).toMatchObject({ version: 2, status: "waiting" });
    }
    await clock.advance(hourMs + 1);
    await actors.send("a", { type: "LOOK" });
    await expect.poll(() => actors.require("a")).toMatchObject({ applied: 2, snapshot: { value: "ajar" } });
    await clock.advance(hourMs + 1);
    expect(await actors.result("b")).toMatchObject({ status: "succeeded", snapshot: { value: "late" } });
  });

  test("may lose their process as often as they have to, as long as they get on", async () => {
    const { store, clock } = await storeWithClock(database);
    onTestFinished(() => store.close());
    const listen = fromCallback(() => undefined);
    const logic = setup({ actors: { listen } }).createMachine({ invoke: { src: "listen", id: "listen" } });
    const machines = { lasting: { logic } };
    const actors = new HoldfastActors(store, machines);
    const queue = "xstate.lasting";
    await store.executions.create({ id: "lasting", queue, labels: { machine: "lasting" }, maxAttempts: 2 });
    for (const number of [1, 2, 3, 4]) {
      // The one before has lost its lease.
      await running(store, machines);
      await actors.send("lasting", { type: "LOOK" });
      await expect.poll(() => actors.require("lasting")).toMatchObject({ applied: number, status: "running" });
      await clock.advance(30_001);
    }
  });
});

describe("wrong arguments", () => {
  test("are errors that name their field", async () => {
    const store = await openStore({ memory: true });
    onTestFinished(() => store.close());
    const machines = { shop: { logic: createMachine({}) } };
    const actors = new HoldfastActors(store, machines);
    const id = await actors.create({ machine: "shop" });
    const fields = {
      machines: async () => new HoldfastActors(store, odd(null)),
      "machines.a": async () => new HoldfastActors(store, odd({ a: null })),
      "machines.a.labels": async () => new HoldfastActors(store, { a: { logic: createMachine({}), labels: odd(5) } }),
      store: async () => new HoldfastActors(odd(undefined), machines),
      actor: () => actors.create(odd(undefined)),
      inptu: () => actors.create({ machine: "shop", inptu: 5 } as never),
      "labels.machine": () => actors.create({ machine: "shop", labels: { machine: "x" } }),
      aplied: () => actors.send(id, { type: "X" }, odd({ aplied: 1 })),
      "event.at": () => actors.send(id, { type: "X", at: new Date() } as { type: string }),
      concurency: () => startActors(store, machines, odd({ concurency: 2 })),
      executions: () => startActors(store, machines, odd({ executions: {} })),
      machine: () => actors.list({ machine: "none" }),
      query: () => actors.list(odd(undefined)),
    };
    for (const [field, wrong] of Object.entries(fields)) {
      await expect(Promise.resolve().then<unknown>(wrong), field).rejects.toMatchObject({ facts: { field } });
    }
    const result = store.transaction(async (tx) => new HoldfastActors(tx, machines).result(id));
    await expect(result).rejects.toMatchObject({ facts: { field: "store" } });
  });
});
