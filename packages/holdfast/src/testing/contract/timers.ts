import type { ContractCase } from "./case.ts";
import { timersClaimCases } from "./timers-claims.ts";
import { timersInputCases } from "./timers-input.ts";
import { timersRaceCases } from "./timers-races.ts";
import { timersScheduleCases } from "./timers-scheduling.ts";

/** What `timers` promises. */
export const timersContract: readonly ContractCase[] = [
  ...timersScheduleCases,
  ...timersClaimCases,
  ...timersRaceCases,
  ...timersInputCases,
];
