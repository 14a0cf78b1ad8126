import type { ContractCase } from "../case.ts";
import { snapshotExpectationCases } from "./snapshots-expectations.ts";
import { snapshotHistoryCases } from "./snapshots-history.ts";
import { snapshotInputCases } from "./snapshots-input.ts";
import { snapshotListCases } from "./snapshots-lists.ts";
import { snapshotRaceCases } from "./snapshots-races.ts";
import { snapshotWriteCases } from "./snapshots-writes.ts";

/** What `snapshots` promises. */
export const snapshotsContract: readonly ContractCase[] = [
  ...snapshotWriteCases,
  ...snapshotExpectationCases,
  ...snapshotHistoryCases,
  ...snapshotListCases,
  ...snapshotRaceCases,
  ...snapshotInputCases,
];
