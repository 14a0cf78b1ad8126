import type { ContractCase } from "../case.ts";
import { jobsAgainCases } from "./jobs-again.ts";
import { jobsClaimCases } from "./jobs-claims.ts";
import { jobsControlCases } from "./jobs-control.ts";
import { jobsDebounceCases } from "./jobs-debounce.ts";
import { jobsDependencyCases } from "./jobs-dependencies.ts";
import { jobsFailureCases } from "./jobs-failures.ts";
import { jobsFatalCases } from "./jobs-fatal.ts";
import { jobsGroupCases } from "./jobs-groups.ts";
import { jobsInputCases } from "./jobs-input.ts";
import { jobsLeaseCases } from "./jobs-leases.ts";
import { jobsLimitInputCases } from "./jobs-limits-input.ts";
import { jobsLimitRaceCases } from "./jobs-limits-races.ts";
import { jobsLimitCases } from "./jobs-limits.ts";
import { jobsManyCases } from "./jobs-many.ts";
import { jobsOutcomeCases } from "./jobs-outcomes.ts";
import { jobsPushCases } from "./jobs-push.ts";
import { jobsQueueCases } from "./jobs-queues.ts";
import { jobsRaceCases } from "./jobs-races.ts";
import { jobsReportCases } from "./jobs-reports.ts";
import { jobsRescheduleCases } from "./jobs-reschedule.ts";
import { jobsRoutingCases } from "./jobs-routing.ts";
import { jobsUniqueCases } from "./jobs-unique.ts";

/** What `jobs` promises. */
export const jobsContract: readonly ContractCase[] = [
  ...jobsPushCases,
  ...jobsUniqueCases,
  ...jobsAgainCases,
  ...jobsClaimCases,
  ...jobsLeaseCases,
  ...jobsFailureCases,
  ...jobsOutcomeCases,
  ...jobsFatalCases,
  ...jobsReportCases,
  ...jobsDependencyCases,
  ...jobsControlCases,
  ...jobsRescheduleCases,
  ...jobsManyCases,
  ...jobsQueueCases,
  ...jobsDebounceCases,
  ...jobsGroupCases,
  ...jobsLimitCases,
  ...jobsRoutingCases,
  ...jobsLimitRaceCases,
  ...jobsRaceCases,
  ...jobsInputCases,
  ...jobsLimitInputCases,
];
