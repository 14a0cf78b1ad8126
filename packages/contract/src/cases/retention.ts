import type { ContractCase } from "../case.ts";
import { retentionBoundsContract } from "./retention-bounds.ts";
import { retentionPeriodsContract } from "./retention-periods.ts";
import { reusedIdsContract } from "./retention-reused-ids.ts";

/** What retention promises. */
export const retentionContract: readonly ContractCase[] = [
  ...retentionPeriodsContract,
  ...retentionBoundsContract,
  ...reusedIdsContract,
];
