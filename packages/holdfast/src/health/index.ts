export type { ConnectionUsage, Health, HealthChecks, Measurements, Stats, TableStats } from "./health.ts";
