import { inspect } from "node:util";

/** A tool call whose process ended before its result was stored. Nobody knows whether it took effect, so it is not called again. */
export class ToolInterruptedError extends Error {
  override readonly name = "ToolInterruptedError";

  constructor(toolName: string) {
    super(
      `The process that called ${toolName} ended before its result was stored: the call may or may not have taken effect.`,
    );
  }
}

/** A tool call that took effect, and whose output cannot be stored. It is not called again. */
export class ToolOutputError extends Error {
  override readonly name = "ToolOutputError";

  constructor(toolName: string, cause: Error) {
    super(`${toolName} has run, but its output cannot be stored: ${cause.message.replace("endTasks[0].", "")}`, {
      cause,
    });
  }
}

/** What a tool threw, as an error that reads the same after it was stored. */
export function thrownBy(toolName: string, thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  if (thrown === undefined) return new Error(`${toolName} failed.`);
  return new Error(typeof thrown === "string" ? thrown : inspect(thrown));
}

/** The error that a tool threw in an earlier process. */
export function storedError(stored: unknown): Error {
  const { name = "Error", message = "The tool failed." } = (stored ?? {}) as Partial<Error>;
  return Object.assign(new Error(message), { name });
}
