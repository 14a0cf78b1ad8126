import { UsageError } from "./context.ts";

/** The caller can correct errors of a file. */
export function explainFile(error: unknown, what: "read" | "written"): unknown {
  if (!(error instanceof Error && "syscall" in error)) return error;
  return new UsageError(`FILE cannot be ${what} (${error.message}): give another.`);
}
