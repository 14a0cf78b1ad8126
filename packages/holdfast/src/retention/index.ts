export type { Period, Retained, RetainOptions, Retention, RetentionKind, RetentionPolicy } from "./retention.ts";
