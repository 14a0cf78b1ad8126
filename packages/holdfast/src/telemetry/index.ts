export type { SentStatement } from "../session/statement-figures.ts";
export type { TraceContext } from "./span-parts.ts";
export type { Metrics, MetricsOptions, MetricsText } from "../metrics/metrics.ts";
