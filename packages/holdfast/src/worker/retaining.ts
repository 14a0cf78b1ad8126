import type { Store } from "../store.ts";
import { Loop, type LoopOptions } from "./loop.ts";

/** Sees to a store's retention beside other work, as often as the store says; ends where it is to do none. */
export function retaining(store: Pick<Store, "retainWhenDue">, { onError, onClosed }: Omit<LoopOptions, "turn">): Loop {
  const loop = new Loop({
    turn: async () => {
      const nextMs = await store.retainWhenDue();
      if (nextMs === null) loop.end();
      return nextMs ?? 0;
    },
    onError,
    onClosed,
  });
  return loop;
}
