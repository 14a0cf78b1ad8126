import type { ContractCase } from "../case.ts";
import { tasksInputCases } from "./tasks-input.ts";
import { tasksListCases } from "./tasks-lists.ts";
import { tasksOverviewCases } from "./tasks-overviews.ts";
import { tasksProgressCases } from "./tasks-progress.ts";
import { tasksPropagationCases } from "./tasks-propagation.ts";
import { tasksSaveCases } from "./tasks-saves.ts";
import { tasksStatusCases } from "./tasks-statuses.ts";
import { tasksTreeCases } from "./tasks-trees.ts";
import { tasksUsageCases } from "./tasks-usage.ts";

/** What `tasks` promises. */
export const tasksContract: readonly ContractCase[] = [
  ...tasksSaveCases,
  ...tasksStatusCases,
  ...tasksUsageCases,
  ...tasksListCases,
  ...tasksTreeCases,
  ...tasksProgressCases,
  ...tasksOverviewCases,
  ...tasksPropagationCases,
  ...tasksInputCases,
];
