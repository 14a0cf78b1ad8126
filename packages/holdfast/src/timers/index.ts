export type {
  ClaimedTimer,
  ExpiredWait,
  NextTimer,
  ReleasedTimer,
  ScheduledTimer,
  Timer,
  TimerClaimOptions,
  TimerInput,
  TimerListRequest,
  TimerNow,
  Timers,
} from "./timers.ts";
export type { TimerStatus } from "../core/enums.generated.ts";
