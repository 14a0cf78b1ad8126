import type { PGlite } from "@electric-sql/pglite";
import type { PGliteWorker } from "@electric-sql/pglite/worker";
import { expectTypeOf, it } from "vitest";
import type { ConnectionOptions, PGliteLike } from "./connection-options.ts";

it("options say one place", () => {
  expectTypeOf<{ url: string; database: string; password: () => string }>().toExtend<ConnectionOptions>();
  expectTypeOf<{ poolMax: number; durability: "relaxed" }>().toExtend<ConnectionOptions>();
  expectTypeOf<{ url: string; folder: string }>().not.toExtend<ConnectionOptions>();
  expectTypeOf<{ host: string; port: string }>().not.toExtend<ConnectionOptions>();
});

it("a PGlite is one that a caller may bring, in this thread or in a worker", () => {
  expectTypeOf<PGlite>().toExtend<PGliteLike>();
  expectTypeOf<PGliteWorker>().toExtend<PGliteLike>();
});
