import { dataRoutes } from "./data.ts";
import { executionRoutes } from "./executions.ts";
import { graphRoutes } from "./graph.ts";
import { jobRoutes } from "./jobs.ts";
import { overviewRoutes } from "./overview.ts";
import type { DefineRoute } from "./route.ts";
import { systemRoutes } from "./system.ts";
import { taskRoutes } from "./tasks.ts";
import { timeRoutes } from "./time.ts";

/** Defines every route that reads records. */
export function defineRoutes(route: DefineRoute): void {
  overviewRoutes(route);
  systemRoutes(route);
  executionRoutes(route);
  taskRoutes(route);
  graphRoutes(route);
  jobRoutes(route);
  timeRoutes(route);
  dataRoutes(route);
}
