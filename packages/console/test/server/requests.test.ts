import { createConsole } from "@holdfast/console";
import type { Store } from "holdfast";
import { testStore, type TestStore } from "holdfast/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, deliberate, errorOf } from "../support/calls.ts";
import { openConsole } from "../support/filled-console.ts";

let testing: TestStore;
let store: Store;

beforeAll(async () => {
  testing = await testStore();
  ({ store } = testing);
  await store.executions.create({ id: "e", input: 1 });
});
afterAll(() => testing.close());

describe("requests that make no sense", () => {
  const wrong: readonly (readonly [string, number, string | null])[] = [
    ["/api/executions?limit=0", 400, "limit"],
    ["/api/executions?limit=1001", 400, "limit"],
    ["/api/executions?limit=1&limit=2", 400, "limit"],
    ["/api/executions?status=done", 400, "status.0"],
    ["/api/executions?createdAfter=yesterday", 400, "createdAfter"],
    ["/api/executions?version=1", 400, "version"],
    ["/api/executions?after=nonsense", 400, "after"],
    ["/api/executions?__proto__=1", 400, "__proto__"],
    ["/api/execution?id=%00", 400, "id"],
    [`/api/execution?id=${"x".repeat(300)}`, 400, "id"],
    [`/api/execution?id=${"x".repeat(20_000)}`, 400, "url"],
    ["/api/execution?id=missing", 404, null],
    ["/api/payload?of=constructor", 400, "of"],
    ["/api/payload?of=execution&id=e&field=secret", 400, "field"],
    ["/api/payload?of=execution&id=e&field=output", 404, null],
    ["/api/live", 400, "topic"],
    ["/api/live?topic=everything", 400, "topic"],
    ["/api/actions", 404, null],
  ];

  test.for(wrong)("%s answers %i", async ([path, status, field]) => {
    const answer = await ask(openConsole(store).fetch, path);
    expect([answer.status, errorOf(answer).field]).toEqual([status, field]);
  });

  test("paths lead to no other files, and bodies have a limit", async () => {
    const { fetch } = openConsole(store, { allowActions: true });
    for (const path of [
      "/../package.json",
      "/%2e%2e/package.json",
      "/..%2fpackage.json",
      "/assets/..%5c..%5cpackage.json",
      "/index.js",
      "/.tsbuildinfo",
    ]) {
      const answer = await ask(fetch, path);
      expect([path, answer.status]).toEqual([path, 404]);
    }
    const body = JSON.stringify({ id: "x".repeat(100_000) });
    const answer = await ask(fetch, "/api/actions/jobs.cancel", { method: "POST", headers: deliberate, body });
    expect(answer.status).toBe(413);
    const broken = await ask(fetch, "/api/actions/jobs.cancel", { method: "POST", headers: deliberate, body: "{" });
    expect([broken.status, errorOf(broken).field]).toEqual([400, "body"]);
  });

  test("every answer forbids scripts of others, frames and sniffing", async () => {
    const { fetch } = openConsole(store);
    for (const path of ["/", "/executions/e", "/api/overview", "/api/nothing", "/api/executions?limit=0"]) {
      const { headers } = await ask(fetch, path);
      const policy = headers.get("content-security-policy") ?? "";
      expect(policy).toContain("script-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain("unsafe");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
    }
  });

  test("wrong options are refused, and named", () => {
    const authorize = (): boolean => true;
    const wrongOptions = {
      basePath: "console?",
      token: "short",
      title: 1,
      previewBytes: 1,
      hosts: [],
      sampleMs: 0,
      redact: 1,
    };
    for (const [field, value] of Object.entries(wrongOptions)) {
      expect(() => createConsole(store, { authorize, [field]: value })).toThrow(
        expect.objectContaining({ code: "invalid_input", facts: { field } }),
      );
    }
    expect(() => createConsole(store, { authorize, alowActions: true } as never)).toThrow(/alowActions is no option/);
  });
});
