/** PostgreSQL's major release inside PGlite; a data folder belongs to exactly one. */
export const POSTGRES_MAJOR = "18";

/** The arguments of `initdb`, for the prepared image and without it. */
export const INITDB_ARGUMENTS: readonly string[] = [
  // Byte order in comparisons, which every key of ours needs, with Unicode's upper and lower case. No library of the machine is involved,
  // so a folder sorts alike wherever it is opened.
  "--locale-provider=builtin",
  "--builtin-locale=C.UTF-8",
  // 1 MB instead of 16 MB, so that a new folder takes 14 MB and not 45.
  "--wal-segsize=1",
];

const SETTINGS: readonly string[] = [
  // PGlite's default of 128 MB is touched page by page until the process holds about 1 GB. The kernel caches the same pages anyway (in
  // memory they exist twice), so the size of a working set is enough.
  "shared_buffers=16MB",
  // We make checkpoints ourselves (see write-ahead.ts). These bound what a checkpoint keeps for reuse.
  "min_wal_size=8MB",
  "max_wal_size=32MB",
  // PGlite turns fsync off with -F, and its fdatasync is a stub that only answers 0: fsync is the one that can reach the disk.
  "wal_sync_method=fsync",
  // There is no process to flush later, so an asynchronous commit would never become durable on its own.
  "synchronous_commit=on",
  // Statements are planned while their tables are nearly empty and stay prepared. Without autovacuum the planner would not learn of their
  // growth, and a plan that reads a small table whole would keep reading a large one.
  "enable_seqscan=off",
  // A statement's memory comes from the process of the caller.
  "work_mem=8MB",
  "maintenance_work_mem=32MB",
];

/**
 * The command line of the single-user server.
 *
 * It is PGlite's own, given by the caller, without `-F` (fsync off) and `-O` (system tables open to change). This module does not import
 * PGlite itself: programs that only use a server may lack it.
 */
export function startParameters(pglite: readonly string[], { fsync }: { readonly fsync: boolean }): string[] {
  const own = pglite.filter((parameter) => parameter !== "-F" && parameter !== "-O");
  return [...own, ...[...SETTINGS, `fsync=${fsync ? "on" : "off"}`].flatMap((setting) => ["-c", setting])];
}
