import { isClosedStore } from "../database/open-calls.ts";
import type { Store } from "../store.ts";
import { Loop } from "./loop.ts";

/**
 * Sees to a store's retention beside other work, as often as the store says; ends where it is to do none. That the store is
 * closed is told by the other work alone.
 */
export function retaining(store: Pick<Store, "retainWhenDue">, onError: (error: unknown) => void): Loop {
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
