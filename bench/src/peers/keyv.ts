import { KeyvPostgres } from "@keyv/postgres";
import Keyv from "keyv";
import type { Contender } from "../bench.ts";
import { type Load, type Operation, underLoad } from "../load.ts";
import { expectNumber } from "../rows.ts";
import { peerPoolMax } from "./hand-written.ts";

/** One operation on a Keyv; `check` as for what is written by hand. */
export interface KeyvOperation {
  readonly prepare?: (keyv: Keyv<string>) => Promise<unknown>;
  readonly call: (keyv: Keyv<string>, i: number) => Promise<unknown>;
  readonly check?: readonly [sql: string, expected: (calls: number) => number];
}

/** Keyv with its own adapter for PostgreSQL. */
export function keyvPostgres(load: Load, { prepare, call, check }: KeyvOperation): Contender {
  return underLoad({ name: "@keyv/postgres", isOurs: false }, load, async (place): Promise<Operation> => {
    // Keyv says what goes wrong to its listeners only.
    const keyv = new Keyv<string>(new KeyvPostgres({ uri: place.url, max: peerPoolMax }), { throwOnErrors: true });
    await prepare?.(keyv);
    return {
      call: (i) => call(keyv, i),
      check: async (calls) => {
        if (check !== undefined) await expectNumber(place.pool, check[0], check[1](calls));
      },
      close: () => keyv.disconnect(),
    };
  });
}
