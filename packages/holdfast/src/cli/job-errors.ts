/** The message of a stored error. */
export function formatError(error: unknown): string {
  if (error === undefined || error === null) return "";
  if (typeof error === "object" && "message" in error && typeof error.message === "string") return error.message;
  return JSON.stringify(error) ?? "";
}
