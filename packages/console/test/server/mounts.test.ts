import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Console, createConsole } from "@holdfast/console";
import { serve } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import type { Store } from "holdfast";
import { testStore, type TestStore } from "holdfast/testing";
import { Hono } from "hono";
import { mount } from "hono/mount";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deliberate } from "../support/calls.ts";

let testing: TestStore;
let store: Store;

beforeAll(async () => {
  testing = await testStore();
  ({ store } = testing);
});
afterAll(() => testing.close());

const closedBy = async (server: Server): Promise<void> => {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
};

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** Listens by each framework, with the console under /ops; its own page is beside it. */
const frameworks: Readonly<
  Record<string, (console: Console) => Promise<{ port: number; close: () => Promise<void> }>>
> = {
  "Hono, by mount": async (console) => {
    const app = new Hono();
    app.get("/", (c) => c.text("own"));
    app.all("/ops/*", mount(console.fetch));
    return listeningHono(app);
  },
  "Hono, by route": async (console) => {
    const app = new Hono();
    app.get("/", (c) => c.text("own"));
    app.all("/ops/*", (c) => console.fetch(c.req.raw));
    return listeningHono(app);
  },
  Express: async (console) => {
    const app = express();
    app.get("/", (_request, response) => void response.send("own"));
    app.use("/ops", console.listener);
    const server = app.listen(0);
    await new Promise((resolve) => server.once("listening", resolve));
    return { port: portOf(server), close: () => closedBy(server) };
  },
  Fastify: async (console) => {
    const app = fastify();
    app.get("/", () => "own");
    await app.register(async (scope) => {
      // The console reads the bodies of its requests itself.
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
      scope.all("/ops/*", (request, reply) => {
        reply.hijack();
        console.listener(request.raw, reply.raw);
      });
    });
    await app.listen({ port: 0 });
    return { port: portOf(app.server), close: () => app.close() };
  },
  "Node's server": async (console) => {
    const server = createServer((request, response) => {
      if (request.url?.startsWith("/ops/") === true) console.listener(request, response);
      else response.end("own");
    });
    server.listen(0);
    await new Promise((resolve) => server.once("listening", resolve));
    return { port: portOf(server), close: () => closedBy(server) };
  },
};

async function listeningHono(app: Hono): Promise<{ port: number; close: () => Promise<void> }> {
  const server = await new Promise<Server>((resolve) => {
    const started = serve({ fetch: app.fetch, port: 0 }, () => resolve(started as Server));
  });
  return { port: portOf(server), close: () => closedBy(server) };
}

test.for(Object.entries(frameworks))("a console is mounted in %s", async ([name, listen]) => {
  const console = createConsole(store, { basePath: "/ops", authorize: () => true, allowActions: true });
  const { port, close } = await listen(console);
  const at = (path: string): string => `http://localhost:${port}${path}`;
  expect(await (await fetch(at("/"))).text()).toBe("own");
  const session = await fetch(at("/ops/api/session"));
  expect([session.status, await session.json()]).toEqual([200, expect.objectContaining({ isSignedIn: true })]);
  expect(session.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect((await fetch(at("/ops/api/nothing"))).status).toBe(404);

  await store.jobs.push({ id: name, queue: "q" });
  const action = { method: "POST", headers: deliberate, body: JSON.stringify({ id: name }) };
  const canceled = await fetch(at("/ops/api/actions/jobs.cancel"), action);
  expect(await canceled.json()).toEqual({ changed: 1, next: null });

  const live = await fetch(at("/ops/api/live?topic=jobs"));
  expect(live.headers.get("content-type")).toBe("text/event-stream");
  const reader = live.body?.getReader();
  const read = await reader?.read();
  const value: unknown = read?.value;
  expect(value instanceof Uint8Array && Buffer.from(value).toString()).toContain("event: hello");
  await reader?.cancel();
  await console.close();
  await close();
});
