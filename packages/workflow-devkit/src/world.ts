import type { World } from "@workflow/world";
import { SPEC_VERSION_CURRENT } from "@workflow/world";
import { openStore, startWorker, type Store, type Transaction, type Worker } from "holdfast";
import { Delivery } from "./delivery.ts";
import { checkOptions, type HoldfastWorldOptions } from "./options.ts";
import { createQueueHandler, sendingTo } from "./queue.ts";
import { storageOf } from "./storage.ts";
import { streamsOf } from "./streams.ts";

/** A World on a store. */
export interface HoldfastWorld extends World {
  /** The store, for the application's own use. */
  readonly store: Store;
  /**
   * The same World in a transaction: runs that `start` creates with it, and their first messages, commit with the transaction's other
   * writes, or not at all.
   */
  within(tx: Transaction): World;
  start(): Promise<void>;
  /** Stops deliveries, and closes the store if the World has opened it. */
  close(): Promise<void>;
}

/**
 * Makes a World for the Workflow DevKit. Without options, it is on the database that the environment names, or else embedded in the folder
 * `.holdfast`. `start()` begins to deliver messages.
 *
 * @throws InvalidInputError for wrong options, naming them.
 * @throws UnavailableError if the database cannot be reached.
 */
export async function createWorld(options: HoldfastWorldOptions = {}): Promise<HoldfastWorld> {
  const { store: given, namespace, connection, worker: settings, destination } = checkOptions(options);
  const store = given ?? (await openStore(connection));
  const streams = streamsOf(store, namespace);
  const on = (at: Store | Transaction): World => ({
    specVersion: SPEC_VERSION_CURRENT,
    ...storageOf({ store: at, namespace }),
    queue: sendingTo(at, namespace),
    createQueueHandler,
    getDeploymentId: async () => "holdfast",
    streams,
  });
  const delivery = new Delivery(destination);
  let worker: Promise<Worker> | null = null;
  const deliver = { [namespace]: delivery.handle.bind(delivery) };
  return {
    ...on(store),
    store,
    within: on,
    start: async () => {
      await (worker ??= startWorker(store, { queues: deliver, ...settings }));
    },
    close: async () => {
      await (await worker)?.stop();
      await delivery.close();
      if (given === undefined) await store.close();
    },
  };
}
