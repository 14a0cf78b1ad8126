import { isClosedStore } from "../session/session.ts";
import type { Store } from "../store.ts";
import { Loop } from "./loop.ts";

/**
 * Runs a store's retention beside other work, as often as the store asks. Ends if the store has none. Only the other work reports that
 * the store is closed.
 */
export function retentionLoop(store: Pick<Store, "retainWhenDue">, onError: (error: unknown) => void): Loop {
  const loop = new Loop({
    turn: async () => {
      const nextMs = await store.retainWhenDue();
      if (nextMs === null) loop.end();
      return nextMs ?? 0;
    },
    onError: (error) => {
      if (!isClosedStore(error)) onError(error);
    },
    onClosed: () => undefined,
  });
  return loop;
}
