import type { ContractCase } from "../case.ts";
import { correlationsDeliveryCases } from "./correlations-deliveries.ts";
import { correlationsEndedCases } from "./correlations-ended.ts";
import { correlationsInputCases } from "./correlations-input.ts";
import { correlationsRaceCases } from "./correlations-races.ts";
import { correlationsWaitCases } from "./correlations-waits.ts";

/** What `correlations` promises. */
export const correlationsContract: readonly ContractCase[] = [
  ...correlationsWaitCases,
  ...correlationsDeliveryCases,
  ...correlationsEndedCases,
  ...correlationsRaceCases,
  ...correlationsInputCases,
];
