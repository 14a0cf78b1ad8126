import { types } from "node:util";
import { type Codec, encodeOptional, type JsonText } from "./codec.ts";

/** What of an error is kept where it is stored. */
export interface ErrorDescription {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

/** What of an error is kept: enough to understand it, and nothing that JSON cannot hold. Whatever was thrown, this does not throw. */
export function describeError(error: unknown): ErrorDescription {
  try {
    if (!isError(error)) return { name: "Error", message: String(error) };
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

/** Encodes an error that may be left out: an Error as it is described, since it has no JSON form, and any other value as it is. */
export function encodeError(codec: Codec, error: unknown, field: string): JsonText | null {
  return encodeOptional(codec, isError(error) ? describeError(error) : error, field);
}

/** Errors of another realm, such as a test runner's, too. */
function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}
