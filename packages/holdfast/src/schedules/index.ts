export {
  type DefinedSchedule,
  type MissedTicks,
  type NextTick,
  type PushDueOptions,
  type PushedDue,
  type Schedule,
  type ScheduledJobOptions,
  type ScheduleFilter,
  type ScheduleInput,
  type ScheduleOptions,
  type Schedules,
  type Tick,
  tickOf,
  type Triggered,
  type UpcomingTick,
} from "./schedules.ts";
export type { CatchUpPolicy, OverlapPolicy, ScheduleStatus } from "../core/enums.generated.ts";
