import type { ContractCase } from "../case.ts";
import { timersClaimCases } from "./timers-claims.ts";
import { timersInputCases } from "./timers-input.ts";
import { timersRaceCases } from "./timers-races.ts";
import { timersScheduleCases } from "./timers-scheduling.ts";
import { timersWaitCases } from "./timers-waits.ts";

/** What `timers` promises. */
export const timersContract: readonly ContractCase[] = [
  ...timersScheduleCases,
  ...timersClaimCases,
  ...timersWaitCases,
  ...timersRaceCases,
  ...timersInputCases,
];
