import type { Bench, Described, Size } from "./bench.ts";
import type { BenchResult } from "./result.ts";
import type { BenchServer } from "./server.ts";

/** What a run needs. */
export interface Run {
  readonly server: BenchServer;
  readonly size: Size;
  /** Told of each measurement, as it comes. */
  log(line: string): void;
}

/** A bench with an order of its own, instead of contenders in rounds. */
export interface OwnBench extends Described, Pick<Bench, "isLong"> {
  measure(run: Run): Promise<BenchResult>;
}

/** Whatever can be run by its name. */
export type AnyBench = Bench | OwnBench;
