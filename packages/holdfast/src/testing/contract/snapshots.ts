import type { ContractCase } from "./case.ts";
import { snapshotHistoryCases } from "./snapshots-history.ts";
import { snapshotInputCases } from "./snapshots-input.ts";
import { snapshotListCases } from "./snapshots-lists.ts";
import { snapshotRaceCases } from "./snapshots-races.ts";
import { snapshotWriteCases } from "./snapshots-writes.ts";

/** What `snapshots` promises. */
export const snapshotsContract: readonly ContractCase[] = [
  ...snapshotWriteCases,
  ...snapshotHistoryCases,
  ...snapshotListCases,
  ...snapshotRaceCases,
  ...snapshotInputCases,
];
