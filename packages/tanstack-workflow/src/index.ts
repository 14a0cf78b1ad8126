export type { ClaimLostRunsArgs, LostRun } from "./lost-runs.ts";
export type { Delivery } from "./record.ts";
export { resumeLostRuns, type ResumeOptions } from "./resume.ts";
export { HoldfastWorkflowStore } from "./store.ts";
