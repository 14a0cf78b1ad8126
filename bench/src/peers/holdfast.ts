import { openStore, type Store, type StoreOptions } from "holdfast";
import type { Contender, Place } from "../bench.ts";
import { type Load, type Operation, underLoad } from "../load.ts";
import { expectNumber } from "../rows.ts";

/** One operation on an open store. */
export interface StoreOperation {
  readonly call: Operation["call"];
  /** A query and the number that it must return after `calls` calls, or a function that throws if their effect is missing. */
  readonly check?: readonly [sql: string, expected: (calls: number) => number] | Operation["check"];
  /** Ends what was made beside the store, before the store is closed. */
  readonly close?: () => Promise<void>;
}

/** Holdfast with its defaults, on the contender's database. */
export function openHoldfast({ url }: Place, options: Pick<StoreOptions, "hints"> = {}): Promise<Store> {
  return openStore({ url, ...options });
}

/** Holdfast under load. `prepare` makes what the operation needs, and gives the operation. */
export function holdfast(
  load: Load,
  prepare: (store: Store, place: Place) => StoreOperation | Promise<StoreOperation>,
  name = "Holdfast",
): Contender {
  return underLoad({ name, isOurs: true }, load, async (place) => {
    const store = await openHoldfast(place);
    const { call, check, close } = await prepare(store, place);
    return {
      call,
      check: async (calls) => {
        if (typeof check === "function") await check(calls);
        else if (check !== undefined) await expectNumber(place.pool, check[0], check[1](calls));
      },
      close: async () => {
        await close?.();
        await store.close();
      },
    };
  });
}
