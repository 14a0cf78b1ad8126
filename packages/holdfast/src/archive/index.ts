export type {
  Archive,
  ArchiveProgress,
  ExportOptions,
  ImportOptions,
  OnArchiveProgress,
  ImportResult,
  RowCounts,
} from "./archive.ts";
