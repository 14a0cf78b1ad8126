import type { ContractCase } from "../case.ts";
import { executionsCompleteCases } from "./executions-complete.ts";
import { executionsCreateCases } from "./executions-create.ts";
import { executionsEndedCases } from "./executions-ended.ts";
import { executionsFormerStateCases } from "./executions-former-states.ts";
import { executionsListCases } from "./executions-lists.ts";
import { executionsLockCases } from "./executions-locks.ts";
import { executionsSearchCases } from "./executions-search.ts";
import { executionsStartCases } from "./executions-start.ts";
import { executionsWriteCases } from "./executions-writes.ts";

/** What `executions` promises. */
export const executionsContract: readonly ContractCase[] = [
  ...executionsCreateCases,
  ...executionsStartCases,
  ...executionsWriteCases,
  ...executionsCompleteCases,
  ...executionsEndedCases,
  ...executionsFormerStateCases,
  ...executionsListCases,
  ...executionsSearchCases,
  ...executionsLockCases,
];
