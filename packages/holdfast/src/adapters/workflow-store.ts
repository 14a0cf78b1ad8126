import { InvalidInputError } from "../index.ts";
import type { Nouns } from "../transactions/index.ts";

/** Bytes by prefix and key, in the four methods of the workflow engine's `store.Store`. */
export interface WorkflowStore {
  /** undefined if the key is not set; null if its value is null. */
  get(prefix: string, key: string): Promise<Uint8Array | null | undefined>;
  set(prefix: string, key: string, value: Uint8Array | null): Promise<void>;
  /** Removing a missing key is no error. */
  remove(prefix: string, key: string): Promise<void>;
  /**
   * Calls `iterator` with each key of exactly this prefix, in byte order, until it returns false. It may call the store: nothing is held
   * while it runs, and it sees keys that are set ahead of it.
   */
  list(prefix: string, iterator: (key: string) => boolean | Promise<boolean>): Promise<void>;
}

/** The `kv` of a store or of a transaction, as the workflow engine's `store.Store`. */
export function workflowStore({ kv }: Pick<Nouns, "kv">): WorkflowStore {
  return {
    get: async (prefix, key) => (await kv.get(prefix, key))?.value,
    set: async (prefix, key, value) => {
      await kv.set({ prefix, key, value });
    },
    remove: async (prefix, key) => {
      await kv.remove(prefix, key);
    },
    list: async (prefix, iterator) => {
      if (typeof iterator !== "function") {
        throw new InvalidInputError("iterator must be a function: give one that takes a key.", {
          facts: { field: "iterator" },
        });
      }
      for await (const { key } of kv.iterate(prefix)) {
        // Only false ends it: an iterator that forgets to return a value should not miss all keys except the first.
        const answer: unknown = await iterator(key);
        if (answer === false) return;
      }
    },
  };
}
