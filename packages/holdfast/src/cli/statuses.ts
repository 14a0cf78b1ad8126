import type { WaitStatus } from "../correlations/index.ts";
import type { DefinitionStatus } from "../definitions/index.ts";
import type { Status } from "../executions/index.ts";
import type { JobStatus } from "../jobs/index.ts";
import type { ScheduleStatus } from "../schedules/index.ts";
import type { TaskType } from "../tasks/index.ts";
import type { TimerStatus } from "../timers/index.ts";
import type { Paint } from "./terminal.ts";

/** Statuses, each with its paint. */
type Painted<Word extends string> = Readonly<Record<Word, Paint | undefined>>;

/** Of executions and tasks. */
export const statusPaints: Painted<Status> = {
  pending: undefined,
  running: "cyan",
  waiting: "cyan",
  paused: "yellow",
  succeeded: "green",
  failed: "red",
  timed_out: "red",
  canceled: "yellow",
};

/** Of jobs. */
export const jobPaints: Painted<JobStatus> = {
  blocked: "yellow",
  scheduled: undefined,
  ready: undefined,
  running: "cyan",
  succeeded: "green",
  dead: "red",
  canceled: "yellow",
};

/** Of timers. */
export const timerPaints: Painted<TimerStatus> = {
  scheduled: undefined,
  claimed: "cyan",
  fired: "green",
  canceled: "yellow",
};

/** Of schedules. */
export const schedulePaints: Painted<ScheduleStatus> = { active: "green", paused: "yellow", ended: "dim" };

/** Of definitions. */
export const definitionPaints: Painted<DefinitionStatus> = { draft: "yellow", active: "green", retired: "dim" };

/** Of waits. */
export const waitPaints: Painted<WaitStatus> = { waiting: "cyan", delivered: "green", expired: "yellow" };

const taskTypeSet: Readonly<Record<TaskType, true>> = {
  basic: true,
  router: true,
  parallel: true,
  collection: true,
  composite: true,
  wait: true,
  signal: true,
  aggregate: true,
  memory: true,
};

/** Types of tasks. */
export const taskTypes: readonly TaskType[] = wordsOf(taskTypeSet);

/** The words of a record by words. */
export function wordsOf<Word extends string>(record: Readonly<Record<Word, unknown>>): readonly Word[] {
  // The keys of an object literal whose type names them all.
  return Object.keys(record) as Word[];
}
