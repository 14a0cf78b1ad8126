import type { ContractCase } from "./case.ts";
import { jobsClaimCases } from "./jobs-claims.ts";
import { jobsControlCases } from "./jobs-control.ts";
import { jobsDependencyCases } from "./jobs-dependencies.ts";
import { jobsInputCases } from "./jobs-input.ts";
import { jobsLeaseCases } from "./jobs-leases.ts";
import { jobsManyCases } from "./jobs-many.ts";
import { jobsOutcomeCases } from "./jobs-outcomes.ts";
import { jobsPushCases } from "./jobs-push.ts";
import { jobsQueueCases } from "./jobs-queues.ts";
import { jobsRaceCases } from "./jobs-races.ts";
import { jobsUniqueCases } from "./jobs-unique.ts";

/** What `jobs` promises. */
export const jobsContract: readonly ContractCase[] = [
  ...jobsPushCases,
  ...jobsUniqueCases,
  ...jobsClaimCases,
  ...jobsLeaseCases,
  ...jobsOutcomeCases,
  ...jobsDependencyCases,
  ...jobsControlCases,
  ...jobsManyCases,
  ...jobsQueueCases,
  ...jobsRaceCases,
  ...jobsInputCases,
];
