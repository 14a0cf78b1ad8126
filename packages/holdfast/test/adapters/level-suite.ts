/** Runs the suite that abstract-level publishes for its implementations, in tape's own words, on a store in memory. */
import { createRequire } from "node:module";
import tape from "tape";
import { HoldfastLevel } from "../../dist/adapters/abstract-level.js";
import { openStore } from "../../dist/index.js";

/** The suite has no types: it takes a test function, and what makes an empty database. */
type Suite = (options: { readonly test: unknown; readonly factory: (options?: object) => unknown }) => void;
const suite = createRequire(import.meta.url)("abstract-level/test") as Suite;

const store = await openStore({ memory: true });
let databases = 0;

suite({
  test: tape,
  factory: (options = {}) => new HoldfastLevel(store, { ...options, prefix: `level-${++databases}` }),
});
tape.onFinish(() => void store.close());
