export type { Archive, ExportOptions, ImportResult, RowCounts } from "./archive.ts";
