import type { Store } from "holdfast";
import type { TestClock } from "holdfast/testing";

/** What a contract case runs on: a store without rows, and the hands of its clock. */
export interface ContractContext {
  readonly store: Store;
  readonly clock: TestClock;
}

/** One promise of the store, named by it; runs on any store, and throws an AssertionError where the promise is broken. */
export interface ContractCase {
  readonly name: string;
  run(context: ContractContext): Promise<void>;
}
