import { type ConsoleServer, serveConsole, type ServeOptions } from "@holdfast/console";
import type { Store } from "holdfast";
import { testStore } from "holdfast/testing";
import { afterAll } from "vitest";
import { fillDemo } from "../../demo/fill.ts";
import { smallStore } from "./small-store.ts";

/** A console of a filled store, for the tests of one block. */
export interface DemoConsole {
  readonly store: Store;
  readonly server: ConsoleServer;
  /** The address of one of its pages. */
  readonly at: (path: string) => string;
}

/** Serves a store in memory with what happened in three quarters of an hour, once for a block. */
export function demoConsole(): () => Promise<DemoConsole> {
  return served(async () => {
    const { store, clock } = await testStore();
    await fillDemo(store, clock);
    return store;
  });
}

/** Serves a store in memory with a few of each thing, once for a block. */
export function smallConsole(options: ServeOptions = {}): () => Promise<DemoConsole> {
  return served(smallStore, options);
}

/** Serves the store that is made at the first call, until the end of the block. */
export function served(make: () => Promise<Store>, options: ServeOptions = {}): () => Promise<DemoConsole> {
  let started: Promise<DemoConsole> | undefined;
  afterAll(async () => {
    const demo = await started;
    await demo?.server.close();
    await demo?.store.close();
  });
  return () => (started ??= start(make, options));
}

async function start(make: () => Promise<Store>, options: ServeOptions): Promise<DemoConsole> {
  const store = await make();
  const server = await serveConsole(store, { port: 0, allowActions: true, title: "demo", ...options });
  return { store, server, at: (path) => `${server.url}${path}` };
}
