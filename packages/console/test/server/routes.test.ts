import type { RoutePath } from "@holdfast/console/protocol";
import { describe, expect, test } from "vitest";
import { describeOnEach } from "../../../holdfast/test/support/databases.ts";
import { read } from "../support/calls.ts";
import { filledStore, openConsole } from "../support/filled-console.ts";

describeOnEach("each route answers what the store holds", (database) => {
  const store = filledStore(database);
  const consoleOf = () => openConsole(store());
  const id = "media-transcode-2";

  test("executions: filters, pages in both orders, counts", async () => {
    const { items } = await read(consoleOf(), "/api/executions", { definition: "media-transcode", limit: 500 });
    const wanted = await store().executions.list({
      definition: { name: "media-transcode" },
      order: "desc",
      limit: 500,
    });
    expect(items.map((each) => each.id)).toEqual(wanted.items.map((each) => each.id));
    expect(Object.keys(items[0] ?? {})).not.toEqual(expect.arrayContaining(["input"]));

    const first = await read(consoleOf(), "/api/executions", { limit: 5, order: "asc" });
    const second = await read(consoleOf(), "/api/executions", { limit: 5, order: "asc", after: first.next ?? "" });
    const all = await store().executions.list({ limit: 10 });
    expect([...first.items, ...second.items].map((each) => each.id)).toEqual(all.items.map((each) => each.id));

    const labeled = await read(consoleOf(), "/api/executions", { label: ["tenant=acme", "total>=100", "total<400"] });
    const same = await store().executions.list({
      labels: { tenant: "acme", total: { gte: 100, lt: 400 } },
      order: "desc",
    });
    expect(labeled.items.map((each) => each.id)).toEqual(same.items.map((each) => each.id));

    const { counts } = await read(consoleOf(), "/api/executions/counts", {});
    expect(counts.succeeded).toBe(await store().executions.count({ status: "succeeded" }));
    expect(counts.waiting).toBe(await store().executions.count({ status: "waiting" }));
  });

  test("one execution: record, progress, history, states, versions, blobs", async () => {
    const shown = await read(consoleOf(), "/api/execution", { id });
    const stored = await store().executions.require(id);
    expect(shown).toMatchObject({ id, version: stored.version, status: stored.status, lease: null });
    expect(JSON.parse(shown.input?.text ?? "")).toEqual(stored.input);
    expect(shown.progress).toEqual(await store().tasks.progressOfExecution(id));
    expect(shown.historyCount).toBe(await store().history.count(id));

    const history = await read(consoleOf(), "/api/execution/history", { id, order: "desc", limit: 2 });
    expect(history.items.map((entry) => entry.number)).toEqual([shown.historyCount, shown.historyCount - 1]);
    const components = await read(consoleOf(), "/api/execution/components", { id });
    expect(components.items.map((each) => each.component)).toEqual(
      (await store().components.list(id)).items.map((each) => each.component),
    );
    const versions = await read(consoleOf(), "/api/execution/versions", { id });
    expect(versions.map((each) => each.source)).toEqual(expect.arrayContaining(["input", "state", "component"]));
    const blobs = await read(consoleOf(), "/api/execution/blobs", { id: "with-blobs" });
    expect(blobs.map((blob) => blob.key)).toEqual(["invoices/2026/INV-1.txt", "media/frame.bin"]);
  });

  test("tasks: all of them, one with its path and attempts, graph", async () => {
    const all = await read(consoleOf(), "/api/execution/tasks/all", { id, limit: 5000 });
    expect(all.items).toHaveLength(await store().tasks.count({ executionId: id }));

    const graph = await read(consoleOf(), "/api/execution/graph", { id });
    const idOf = (label: string) => graph.nodes.find((node) => node.label === label)?.id;
    expect(graph.edges).toContainEqual({ from: idOf("probe"), to: idOf("split"), kind: "after" });
    expect(graph.nodes.find((node) => node.label === "encode-part")).toMatchObject({
      total: 24,
      parent: idOf("encode"),
    });

    const parent = `${id}/encode`;
    const task = await read(consoleOf(), "/api/task", { id: `${parent}/3` });
    expect(task.path).toEqual([{ id: parent, name: "encode" }]);
    expect(task.attempts).toHaveLength(24);
  });

  test("jobs, queues, timers, waits, events and schedules", async () => {
    const dead = await read(consoleOf(), "/api/jobs", { status: ["dead"] });
    expect(dead.items.length).toBe((await store().queues.counts()).dead);
    const job = await read(consoleOf(), "/api/job", { id: "import-load" });
    expect([job.after.map((each) => each.id), job.before.map((each) => each.id)]).toEqual([
      ["import-parse"],
      ["import-report"],
    ]);
    const [running] = (await read(consoleOf(), "/api/jobs", { status: ["running"] })).items;
    const log = await read(consoleOf(), "/api/job/log", { id: running?.id ?? "" });
    expect(log.items.map((line) => line.message)).toContain("scaled to 640 px");

    const queues = await read(consoleOf(), "/api/queues", {});
    expect(queues.items.map((queue) => queue.name)).toEqual(
      (await store().queues.list()).items.map(({ name }) => name),
    );
    expect((await read(consoleOf(), "/api/queue", { name: "reports" })).pausedAt).not.toBeNull();
    expect((await read(consoleOf(), "/api/timers", { status: "scheduled" })).items.length).toBeGreaterThan(0);
    expect((await read(consoleOf(), "/api/waits", {})).items[0]?.status).toBe("waiting");
    expect((await read(consoleOf(), "/api/events", { key: "payment:unknown-order" })).items).toHaveLength(1);
    const upcoming = await read(consoleOf(), "/api/schedules/upcoming", { limit: 3 });
    const moments = upcoming.map((tick) => Date.parse(tick.at));
    expect(moments).toEqual([...moments].sort((a, b) => a - b));
    expect(moments).toHaveLength(3);
    // The nightly one is among them shortly before two o'clock. The paused one never is.
    const others = upcoming.map((tick) => tick.scheduleId).filter((id) => id !== "nightly-report");
    expect(new Set(others)).toEqual(new Set(["heartbeat"]));
    const schedule = await read(consoleOf(), "/api/schedule", { id: "nightly-report", ticks: 2 });
    expect(schedule.ticks).toHaveLength(2);
    expect((await read(consoleOf(), "/api/schedules", { status: "paused" })).items.map((each) => each.id)).toEqual([
      "old-import",
    ]);
  });

  test("definitions, kv, snapshots and blobs", async () => {
    const definition = await read(consoleOf(), "/api/definition", { name: "media-transcode", version: 1 });
    expect(definition.steps).toContainEqual({ id: "merge", after: ["encode", "audio"] });
    const versions = await read(consoleOf(), "/api/definition/versions", { name: "order-fulfilment" });
    expect(versions.items.map(({ version, status }) => [version, status])).toEqual([
      [2, "active"],
      [1, "retired"],
    ]);
    expect((await read(consoleOf(), "/api/definitions", { status: "draft" })).items.map((each) => each.name)).toEqual([
      "refund",
    ]);
    expect((await read(consoleOf(), "/api/kv/prefixes", {})).items).toEqual(["sessions", "settings"]);
    const settings = await read(consoleOf(), "/api/kv", { prefix: "settings" });
    expect(settings.items.map(({ key, value }) => [key, value?.format])).toEqual([
      ["banner", "text"],
      ["logo", "hex"],
      ["nothing", undefined],
      ["theme", "json"],
    ]);
    const snapshots = await read(consoleOf(), "/api/snapshot/versions", { id: "account-acme" });
    expect(snapshots.items.map((each) => each.version)).toEqual(["5", "4", "3", "2", "1"]);
    const old = await read(consoleOf(), "/api/snapshot", { id: "account-acme", version: "2" });
    expect(JSON.parse(old.payload.text)).toMatchObject({ balance: 240 });
    expect((await read(consoleOf(), "/api/blobs", { prefix: "invoices/" })).items[0]).toMatchObject({ size: 24 });
  });

  test("the overview and the state of the system", async () => {
    const overview = await read(consoleOf(), "/api/overview", {});
    expect(overview.jobs).toEqual(await store().queues.counts());
    expect(overview.executions.failed).toBe(await store().executions.count({ status: "failed" }));
    expect(overview.deadJobs.every((job) => job.status === "dead")).toBe(true);
    const system = await read(consoleOf(), "/api/system", {});
    expect(system.checks.map((check) => check.name)).toEqual(
      (await store().diagnose()).checks.map((check) => check.name),
    );
    expect(system.migrations.every((migration) => migration.appliedAt !== null)).toBe(true);
  });
});

describe("the routes of the protocol", () => {
  const store = filledStore();
  const parameters: Readonly<Record<RoutePath, string>> = {
    "/api/session": "",
    "/api/overview": "",
    "/api/system": "",
    "/api/executions": "",
    "/api/executions/counts": "",
    "/api/execution": "id=media-transcode-2",
    "/api/execution/tasks/all": "id=media-transcode-2",
    "/api/execution/graph": "id=media-transcode-2",
    "/api/execution/children": "id=media-transcode-2",
    "/api/execution/history": "id=media-transcode-2",
    "/api/execution/components": "id=media-transcode-2",
    "/api/execution/versions": "id=media-transcode-2",
    "/api/execution/blobs": "id=media-transcode-2",
    "/api/task": "id=media-transcode-2/encode",
    "/api/queues": "",
    "/api/queue": "name=emails",
    "/api/jobs": "",
    "/api/job": "id=import-load",
    "/api/job/log": "id=import-load",
    "/api/timers": "",
    "/api/waits": "",
    "/api/events": "key=a",
    "/api/schedules": "",
    "/api/schedules/upcoming": "",
    "/api/schedule": "id=nightly-report",
    "/api/definitions": "",
    "/api/definition/versions": "name=refund",
    "/api/definition": "name=refund&version=1",
    "/api/kv/prefixes": "",
    "/api/kv": "prefix=settings",
    "/api/kv/entry": "prefix=settings&key=logo",
    "/api/snapshots": "",
    "/api/snapshot/versions": "id=account-acme",
    "/api/snapshot": "id=account-acme",
    "/api/blobs": "",
    "/api/payload": "of=execution&id=with-blobs&field=state",
  };

  test("all answer, and refuse a parameter that they do not know", async () => {
    const console = openConsole(store());
    for (const [path, query] of Object.entries(parameters)) {
      const good = await console.fetch(new Request(`http://console.test${path}?${query}`));
      expect([path, good.status]).toEqual([path, 200]);
      if (path === "/api/session") continue;
      const bad = await console.fetch(new Request(`http://console.test${path}?${query}&nonsense=1`));
      expect([path, bad.status, ((await bad.json()) as { error: { field: string } }).error.field]).toEqual([
        path,
        400,
        "nonsense",
      ]);
    }
  });
});
