import { randomUUID } from "node:crypto";
import type { CreateEventRequest, Event, EventResult } from "@workflow/world";
import { openStore, type Store } from "holdfast";
import { ulid } from "ulid";
import { afterAll, beforeAll } from "vitest";
import type { FreshDatabase } from "../../../holdfast/test/support/databases.ts";
import { createWorld, type HoldfastWorld } from "../../src/index.ts";

/** Bytes, as the engine gives all that workflows make. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A World of one test, whose runs are its own. */
export interface TestWorld extends HoldfastWorld {
  /** Creates a run, and starts it. */
  begin(attributes?: Record<string, string>): Promise<string>;
  /** Adds an event to a run. */
  add(runId: string, data: CreateEventRequest, sinceCursor?: string): Promise<EventResult>;
  /** Starts a step that brings its input. */
  step(runId: string, correlationId: string): Promise<EventResult>;
  /** The types of all events of a run. */
  types(runId: string): Promise<readonly Event["eventType"][]>;
}

async function testWorld(store: Store): Promise<TestWorld> {
  const world = await createWorld({ store, namespace: randomUUID(), deliver: async () => Response.json({}) });
  const add: TestWorld["add"] = async (runId, data, sinceCursor) =>
    world.events.create(runId, data, sinceCursor === undefined ? {} : { sinceCursor });
  return {
    ...world,
    add,
    begin: async (attributes) => {
      const runId = `wrun_${ulid()}`;
      const eventData = { deploymentId: "d", workflowName: "w", input: bytes("in"), ...(attributes && { attributes }) };
      await world.events.create(runId, { eventType: "run_created", eventData });
      await add(runId, { eventType: "run_started" });
      return runId;
    },
    step: async (runId, correlationId) =>
      add(runId, { eventType: "step_started", correlationId, eventData: { stepName: "s", input: bytes("x") } }),
    types: async (runId) => (await world.events.list({ runId })).data.map(({ eventType }) => eventType),
  };
}

/** Worlds on one store, which is open for the tests of a block. */
export function worldsOn(database: FreshDatabase): { readonly fresh: () => Promise<TestWorld> } {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(await database.prepared());
  });
  afterAll(() => store.close());
  return { fresh: async () => testWorld(store) };
}
