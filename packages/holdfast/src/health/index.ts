export { diagnoseDatabase, type DiagnosedDatabase } from "./diagnose-database.ts";
export type {
  Check,
  CheckStatus,
  ConnectionUsage,
  ListenUsage,
  Diagnosis,
  DueWork,
  Health,
  HealthChecks,
  Measurements,
  Overview,
  OverviewOptions,
  QueueWork,
  Replica,
  ServerState,
  Stats,
  StatusCounts,
  TableStats,
} from "./health.ts";
export type { WorkKind } from "../core/enums.generated.ts";
export type { Durations } from "../core/durations.ts";
