import { InvalidInputError, type Nouns } from "../index.ts";

/** Bytes by prefix and key, in the four methods of the workflow engine's `store.Store`. */
export interface WorkflowStore {
  /** undefined where nothing is set; null where null is. */
  get(prefix: string, key: string): Promise<Uint8Array | null | undefined>;
  set(prefix: string, key: string, value: Uint8Array | null): Promise<void>;
  /** To remove what is not there is no error. */
  remove(prefix: string, key: string): Promise<void>;
  /**
   * Calls `iterator` with each key of exactly this prefix, in byte order, until it answers false. It may call the store: nothing is
   * held while it runs, and keys that are set meanwhile ahead of it are met.
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
        // Only false ends it: one that forgets to answer is not to miss all keys but the first.
        const answer: unknown = await iterator(key);
        if (answer === false) return;
      }
    },
  };
}
