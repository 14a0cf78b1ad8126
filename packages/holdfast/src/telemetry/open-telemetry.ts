import type * as OpenTelemetry from "@opentelemetry/api";

let api: typeof OpenTelemetry | null = null;

/** Loads OpenTelemetry's API if the application has it. Without it, nothing is traced or measured, and nothing is loaded. */
export async function loadOpenTelemetry(): Promise<void> {
  if (api !== null) return;
  try {
    // With an await inside the try, so bundlers see that the program continues without the package.
    api = await import("@opentelemetry/api");
  } catch {
    // It is an optional package.
  }
}

/** OpenTelemetry's API, the application's own copy; null without one. */
export function openTelemetry(): typeof OpenTelemetry | null {
  return api;
}

/** The name of the instrumentation's scope. */
export const scope = "holdfast";
