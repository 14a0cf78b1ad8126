/** What of an error is kept with its job. */
export interface ErrorDescription {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

/** What of an error is kept: enough to understand it, and nothing that JSON cannot hold. Whatever was thrown, this does not throw. */
export function describeError(error: unknown): ErrorDescription {
  try {
    if (!(error instanceof Error)) return { name: "Error", message: String(error) };
    // An error's properties can be set to anything.
    const { name, message, stack }: { name: unknown; message: unknown; stack?: unknown } = error;
    return {
      name: String(name),
      message: String(message),
      ...(typeof stack === "string" ? { stack } : {}),
    };
  } catch {
    return { name: "Error", message: "What was thrown cannot be written as text" };
  }
}
