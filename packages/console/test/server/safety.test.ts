import { createConsole, serveConsole } from "@holdfast/console";
import { InvalidInputError, type Store } from "holdfast";
import { testStore, type TestStore } from "holdfast/testing";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Throttle } from "../../src/access/throttle.ts";
import { act, ask, deliberate, errorOf, origin, read } from "../support/calls.ts";
import { openConsole } from "../support/filled-console.ts";

const token = "0123456789abcdef-secret";

let testing: TestStore;
let store: Store;

beforeAll(async () => {
  testing = await testStore();
  ({ store } = testing);
  await store.executions.create({ id: "e", input: { password: "hunter2", html: "<script>alert(1)</script>" } });
  await store.jobs.push({ id: "j", queue: "q", payload: { card: "4111" } });
});
afterAll(() => testing.close());

describe("who may read", () => {
  test("a console that others could reach needs a token or a hook", async () => {
    expect(() => createConsole(store, {})).toThrow(InvalidInputError);
    await expect(serveConsole(store, { host: "0.0.0.0", port: 0 })).rejects.toMatchObject({ facts: { field: "host" } });
    await expect(serveConsole(store, { host: "::", port: 0 })).rejects.toThrow(InvalidInputError);
    await using loopback = await serveConsole(store, { port: 0 });
    expect((await fetch(`${loopback.url}api/overview`)).status).toBe(200);
  });

  test("without the token nothing is read, and a wrong one is refused", async () => {
    const { fetch } = createConsole(store, { token });
    const paths = [
      "/api/overview",
      "/api/execution?id=e",
      "/api/live?topic=jobs",
      "/api/payload?of=execution&id=e&field=input",
    ];
    for (const path of [...paths, "/metrics", "/api/payload/download?of=job&id=j&field=payload"]) {
      const answer = await ask(fetch, path);
      expect([path, answer.status, errorOf(answer).code]).toEqual([path, 401, "unauthorized"]);
      const wrong = await ask(fetch, path, { headers: { authorization: `Bearer ${token}x` } });
      expect([path, wrong.status]).toEqual([path, 401]);
    }
    const session = await read({ fetch }, "/api/session", {});
    expect(session).toEqual({ isSignedIn: false, signIn: "token", console: null });
    const good = await ask(fetch, "/api/overview", { headers: { authorization: `Bearer ${token}` } });
    expect(good.status).toBe(200);
    expect((await ask(fetch, "/metrics", { headers: { authorization: `Bearer ${token}` } })).body).toContain(
      "holdfast_up 1",
    );
  });

  test("an address that gave many wrong tokens is refused for a minute, also with the right one; cookies go on", async () => {
    const { fetch } = createConsole(store, { token });
    const signIn = (given: string) =>
      ask(fetch, "/api/sign-in", { method: "POST", headers: deliberate, body: JSON.stringify({ token: given }) });
    const [cookie = ""] = ((await signIn(token)).headers.get("set-cookie") ?? "").split(";");
    for (let i = 0; i < 20; i++) expect((await signIn(`0123456789abcdef-${i}`)).status).toBe(401);
    const refused = await signIn(token);
    expect([refused.status, errorOf(refused).code]).toEqual([429, "too_many"]);
    const bearer = await ask(fetch, "/metrics", { headers: { authorization: `Bearer ${token}` } });
    expect(bearer.status).toBe(429);
    expect((await ask(fetch, "/api/overview", { headers: { cookie } })).status).toBe(200);
  });

  test("wrong tokens are counted by address, for a minute, of so many addresses only", () => {
    let now = 0;
    const throttle = new Throttle(() => now);
    for (let i = 0; i < 20; i++) throttle.addWrong("10.0.0.1");
    expect(() => throttle.require("10.0.0.1")).toThrow("try again in 60 seconds");
    throttle.require("10.0.0.2");
    now = 60_000;
    throttle.require("10.0.0.1");
    for (let i = 0; i < 20; i++) throttle.addWrong("10.0.0.1");
    expect(() => throttle.require("10.0.0.1")).toThrow("Too many");
    for (let i = 0; i < 10_000; i++) throttle.addWrong(`10.1.${i >> 8}.${i & 255}`);
    throttle.require("10.0.0.1");
  });

  test("the address is that of the connection", async () => {
    await using console = await serveConsole(store, { port: 0, token });
    const wrong = { headers: { authorization: "Bearer 0123456789abcdef-wrong" } };
    const statuses: number[] = [];
    for (let i = 0; i < 21; i++) statuses.push((await fetch(`${console.url}api/overview`, wrong)).status);
    expect(statuses.slice(-2)).toEqual([401, 429]);
  });

  test("signing in gives a cookie that scripts and other sites cannot use, and that does not hold the token", async () => {
    const { fetch } = createConsole(store, { token, basePath: "/ops" });
    const signIn = (given: string) =>
      ask(fetch, "/ops/api/sign-in", { method: "POST", headers: deliberate, body: JSON.stringify({ token: given }) });
    expect((await signIn("0123456789abcdef-wrong!")).status).toBe(401);
    const { headers, body } = await signIn(token);
    const cookie = headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/; Path=\/ops\/; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain(token);
    expect(body).toMatchObject({ isSignedIn: true });
    const secure = {
      method: "POST",
      headers: { ...deliberate, origin: "https://console.test" },
      body: JSON.stringify({ token }),
    };
    expect((await ask(fetch, "/ops/api/sign-in", secure)).headers.get("set-cookie")).toMatch(/; Secure$/);
    const [pair = ""] = cookie.split(";");
    expect((await ask(fetch, "/ops/api/overview", { headers: { cookie: pair } })).status).toBe(200);
    const later = pair.replace(/=\d+/, (until) => `=${Number(until.slice(1)) + 1}`);
    expect((await ask(fetch, "/ops/api/overview", { headers: { cookie: later } })).status).toBe(401);
    const other = createConsole(store, { token: `${token}2` });
    expect((await ask(other.fetch, "/api/overview", { headers: { cookie: pair } })).status).toBe(401);
  });

  test("the application's hook decides about each request, and refuses when it throws", async () => {
    const authorize = vi.fn<(request: Request) => boolean>((request) => {
      if (request.headers.has("x-broken")) throw new Error("no session store");
      return request.headers.get("x-user") === "ada";
    });
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    const { fetch } = createConsole(store, { authorize, allowActions: true });
    expect((await ask(fetch, "/api/overview")).status).toBe(403);
    expect((await ask(fetch, "/api/overview", { headers: { "x-user": "ada" } })).status).toBe(200);
    expect((await ask(fetch, "/api/overview", { headers: { "x-broken": "1" } })).status).toBe(403);
    await ask(fetch, "/api/actions/jobs.retry", { method: "POST", headers: deliberate, body: '{"id":"j"}' });
    expect(authorize).toHaveBeenLastCalledWith(expect.anything(), { kind: "act", action: "jobs.retry" });
    warned.mockRestore();
  });
});

describe("foreign sites", () => {
  test("requests of another site's page are refused, whatever they ask for", async () => {
    const { fetch } = openConsole(store, { allowActions: true });
    for (const headers of [{ origin: "https://evil.test" }, { origin: "null" }, { "sec-fetch-site": "cross-site" }]) {
      expect((await ask(fetch, "/api/overview", { headers })).status).toBe(403);
      const post = { method: "POST", headers: { ...deliberate, ...headers }, body: '{"id":"j"}' };
      expect((await ask(fetch, "/api/actions/jobs.cancel", post)).status).toBe(403);
    }
    expect((await ask(fetch, "/api/overview", { headers: { origin, "sec-fetch-site": "same-origin" } })).status).toBe(
      200,
    );
    expect((await store.jobs.require("j")).status).toBe("ready");
  });

  test("an action needs the console's header and JSON, as no form can send them", async () => {
    const { fetch } = openConsole(store, { allowActions: true });
    const body = '{"id":"j"}';
    const form = { "content-type": "text/plain", "x-holdfast-console": "1" };
    const bare = { "content-type": "application/json" };
    expect((await ask(fetch, "/api/actions/jobs.cancel", { method: "POST", headers: form, body })).status).toBe(400);
    expect((await ask(fetch, "/api/actions/jobs.cancel", { method: "POST", headers: bare, body })).status).toBe(403);
    for (const method of ["GET", "PUT", "DELETE", "PATCH"]) {
      const answer = await ask(fetch, "/api/actions/jobs.cancel?id=j", { method, headers: deliberate });
      expect([method, answer.status]).toEqual([method, 404]);
    }
    expect((await store.jobs.require("j")).status).toBe("ready");
  });

  test("a name that was made to resolve to this machine is refused", async () => {
    await using server = await serveConsole(store, { port: 0 });
    const { request } = await import("node:http");
    const statusFor = (host: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const sent = request(`${server.url}api/overview`, { headers: { host } }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        });
        sent.on("error", reject).end();
      });
    expect(await statusFor(`evil.test:${server.port}`)).toBe(403);
    expect(await statusFor(`localhost:${server.port}`)).toBe(200);
    expect(await statusFor(`127.0.0.1:${server.port}`)).toBe(200);
  });
});

describe("actions", () => {
  test("a console is read-only unless it says otherwise", async () => {
    const answer = await act(openConsole(store), "jobs.cancel", { id: "j" });
    expect([answer.status, errorOf(answer).code]).toEqual([403, "read_only"]);
    expect((await store.jobs.require("j")).status).toBe("ready");
  });

  test("each does what it says, and says how much it changed", async () => {
    const console = openConsole(store, { allowActions: true });
    await store.jobs.pushMany([
      { id: "a1", queue: "acts" },
      { id: "a2", queue: "acts" },
    ]);
    await store.schedules.save({ id: "s", queue: "acts", everyMs: 3_600_000 });
    await store.executions.create({ id: "x" });
    expect((await act(console, "queues.pause", { queue: "acts" })).body).toEqual({ changed: 1, next: null });
    expect(await store.queues.isPaused("acts")).toBe(true);
    expect((await act(console, "queues.pause", { queue: "acts" })).body).toEqual({ changed: 0, next: null });
    expect((await act(console, "queues.resume", { queue: "acts" })).body).toEqual({ changed: 1, next: null });
    await act(console, "queues.configure", { queue: "acts", settings: { concurrency: 3 } });
    expect((await store.queues.get("acts")).concurrency).toBe(3);
    expect((await act(console, "jobs.cancelAll", { queue: "acts" })).body).toEqual({ changed: 2, next: null });
    expect((await act(console, "jobs.retry", { id: "a1" })).body).toEqual({ changed: 1, next: null });
    expect((await act(console, "schedules.pause", { id: "s" })).body).toEqual({ changed: 1, next: null });
    expect((await act(console, "executions.cancel", { id: "x", reason: "test" })).body).toEqual({
      changed: 1,
      next: null,
    });
    expect((await store.executions.require("x")).status).toBe("canceled");
    const unselected = await act(console, "jobs.retryAll", {});
    expect([unselected.status, errorOf(unselected).code]).toEqual([400, "invalid_input"]);
  });
});

describe("payloads", () => {
  test("are JSON or attachments of plain text, whatever they contain", async () => {
    const { fetch } = openConsole(store);
    const page = await ask(fetch, "/api/execution?id=e");
    expect(page.headers.get("content-type")).toMatch(/^application\/json/);
    expect(page.headers.get("x-content-type-options")).toBe("nosniff");
    const file = await ask(fetch, "/api/payload/download?of=execution&id=e&field=input");
    expect(file.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(file.headers.get("content-disposition")).toMatch(/^attachment;/);
    expect(file.headers.get("content-security-policy")).toContain("sandbox");
    expect(file.body).toContain("<script>");
  });

  test("pass the redaction hook wherever they leave, and are withheld when it throws", async () => {
    const seen: string[] = [];
    const { fetch } = openConsole(store, {
      redact: (payload, place) => {
        seen.push(place.of);
        if (place.of === "job") throw new Error(JSON.stringify(payload));
        return { redacted: true };
      },
    });
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    for (const path of [
      "/api/execution?id=e",
      "/api/payload?of=execution&id=e&field=input",
      "/api/payload/download?of=execution&id=e&field=input",
    ]) {
      const { body } = await ask(fetch, path);
      expect(JSON.stringify(body)).toContain("redacted");
      expect(JSON.stringify(body)).not.toContain("hunter2");
    }
    const job = await read({ fetch }, "/api/job", { id: "j" });
    expect(job.payload).toMatchObject({ text: "", isWithheld: true, download: null });
    expect((await ask(fetch, "/api/payload/download?of=job&id=j&field=payload")).status).toBe(403);
    expect(JSON.stringify(warned.mock.calls)).not.toContain("4111");
    expect(new Set(seen)).toEqual(new Set(["execution", "job"]));
    await store.blobs.upload("b", "secret");
    expect((await ask(fetch, "/api/blob/download?key=b")).status).toBe(403);
    warned.mockRestore();
  });

  test("longer than the preview are cut, and downloaded whole", async () => {
    await store.executions.create({ id: "long", input: "é".repeat(10_000) });
    const console = openConsole(store, { previewBytes: 1000 });
    const { input } = await read(console, "/api/execution", { id: "long" });
    expect(input).toMatchObject({ isTruncated: true, size: 20_002 });
    expect(Buffer.byteLength(input?.text ?? "")).toBeLessThanOrEqual(1000);
    expect(input?.text).not.toContain("\uFFFD");
    expect((await ask(console.fetch, input?.download ?? "")).body).toBe(JSON.stringify("é".repeat(10_000)));
    const small = openConsole(store, { downloadBytes: 1000 });
    expect((await ask(small.fetch, input?.download ?? "")).status).toBe(413);
  });

  test("blobs are downloaded as bytes, never shown", async () => {
    await store.blobs.upload("page.html", "<script>alert(1)</script>", { contentType: "text/html" });
    const { headers, body, status } = await ask(openConsole(store).fetch, "/api/blob/download?key=page.html");
    expect([status, body]).toEqual([200, "<script>alert(1)</script>"]);
    expect(headers.get("content-type")).toBe("application/octet-stream");
    expect(headers.get("content-disposition")).toBe('attachment; filename="page.html"');
  });
});
