import { testStore, type TestStore } from "holdfast/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { read } from "../support/calls.ts";
import { openConsole } from "../support/filled-console.ts";

describe("a job that failed twice", () => {
  let opened: TestStore;
  beforeAll(async () => {
    opened = await testStore();
    const { store } = opened;
    await store.jobs.push({ id: "j", queue: "q", backoff: { initialMs: 0, maxMs: 0 } });
    for (const [holder, error] of [
      ["one", { secret: "first" }],
      ["two", { secret: "second" }],
    ] as const) {
      const [claim] = await store.jobs.claim({ queues: ["q"], limit: 1, holder });
      if (claim !== undefined) await store.jobs.fail(claim, { error });
    }
  });
  afterAll(() => opened.close());

  test("is shown with each of its failures, the newest first", async () => {
    const { failures } = await read(openConsole(opened.store), "/api/job", { id: "j" });
    expect(failures.map(({ attempt, holder, error }) => [attempt, holder, error?.text])).toEqual([
      [2, "two", expect.stringContaining("second")],
      [1, "one", expect.stringContaining("first")],
    ]);
    const [newest] = failures;
    expect(Date.parse(newest?.failedAt ?? "")).toBeGreaterThanOrEqual(Date.parse(newest?.startedAt ?? ""));
  });

  test("has its failures redacted, each by its own place", async () => {
    const places: unknown[] = [];
    const console = openConsole(opened.store, {
      redact: (payload, place) => {
        places.push(place);
        return place.of === "job-failure" ? "hidden" : payload;
      },
    });
    const { failures } = await read(console, "/api/job", { id: "j" });
    expect(failures.map(({ error }) => error?.text)).toEqual(['"hidden"', '"hidden"']);
    expect(places).toContainEqual({ of: "job-failure", id: "j", token: failures[0]?.token });
    const answer = await console.fetch(
      new Request(`http://console.test/api/payload?of=job-failure&id=j&token=${failures[1]?.token}`),
    );
    expect(await answer.text()).not.toContain("first");
    const { items } = await read(console, "/api/jobs", {});
    expect(JSON.stringify(items)).not.toContain("failures");
  });
});
