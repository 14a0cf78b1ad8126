import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { describeOnServers } from "../../holdfast/test/support/databases.ts";
import { storeWithClock } from "../../holdfast/test/support/moved-time.ts";
import { HoldfastActors, startActors } from "../src/index.ts";
import { orderMachine } from "./machines.ts";

const hourMs = 3_600_000;

function start(url: string, ...args: readonly string[]): ChildProcess {
  const script = join(import.meta.dirname, "process.ts");
  const started = spawn(process.execPath, ["--import", "tsx", script, url, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void started.kill("SIGKILL"));
  return started;
}

describeOnServers("actors of several processes", (database) => {
  const ship = async () => "parcel";
  const machines = { order: { logic: orderMachine(ship) } };

  test("go on in another process after kill -9, with their children, delays and unread events", async () => {
    const { store, clock } = await storeWithClock(database);
    onTestFinished(() => store.close());
    const options = await database.options();
    const actors = new HoldfastActors(store, machines);
    for (const id of ["paid", "open"]) {
      await actors.create({ machine: "order", id, input: { id } });
      await actors.send(id, { type: "ITEM", name: "book" });
    }
    await actors.send("paid", { type: "PAY" });
    const lost = start("url" in options ? options.url : "", "hang");
    await once(lost.stdout ?? lost, "data");
    await expect.poll(async () => (await actors.require("paid")).snapshot).toMatchObject({ value: "shipping" });
    await expect.poll(async () => (await actors.require("open")).status).toBe("waiting");
    lost.kill("SIGKILL");
    await once(lost, "close");
    await actors.send("paid", { type: "ITEM", name: "late" });

    await clock.advance(hourMs + 1);
    const worker = await startActors(store, machines);
    onTestFinished(() => worker.stop());
    const log = ["book", "late", "shipped"];
    expect(await actors.result("paid")).toMatchObject({ output: { tracking: "parcel", log }, applied: 3 });
    await expect
      .poll(async () => (await actors.require("open")).snapshot)
      .toMatchObject({
        value: "reminded",
        context: { log: ["book", "reminded"] },
        children: { counter: { snapshot: { context: { count: 1 } } } },
      });
  });

  test("take each event that expects what it has seen from one process only", async () => {
    const { store } = await storeWithClock(database);
    onTestFinished(() => store.close());
    const options = await database.options();
    const url = "url" in options ? options.url : "";
    const worker = await startActors(store, machines);
    onTestFinished(() => worker.stop());
    const actors = new HoldfastActors(store, machines);
    await actors.create({ machine: "order", id: "contested", input: { id: "contested" } });
    const ended = [start(url, "compete", "contested"), start(url, "compete", "contested")].map(async (process_) =>
      once(process_, "close"),
    );
    expect((await Promise.all(ended)).map(([code]) => Number(code))).toEqual([0, 0]);
    expect((await actors.require("contested")).snapshot).toMatchObject({
      context: { log: Array.from({ length: 10 }, (_, i) => String(i)) },
    });
  });
});
