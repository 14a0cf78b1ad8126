import { types } from "node:util";
import { type Codec, encodeOptional, type JsonText } from "./codec.ts";

/** The stored parts of an error. */
export interface ErrorDescription {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  /** For programs to match on, such as the code of a Holdfast error. */
  readonly code?: string;
}

/** Describes an error for storage: enough to understand it, and nothing that JSON cannot hold. Never throws, whatever was thrown. */
export function describeError(error: unknown): ErrorDescription {
  try {
    if (!isError(error)) return { name: "Error", message: String(error) };
    // An error's properties can be set to anything.
    const { name, message, stack, code }: { name: unknown; message: unknown; stack?: unknown; code?: unknown } = error;
    return {
      name: String(name),
      message: String(message),
      ...(typeof stack === "string" ? { stack } : {}),
      ...(typeof code === "string" ? { code } : {}),
    };
  } catch {
    return { name: "Error", message: "What was thrown cannot be written as text" };
  }
}

/** Encodes an optional error. An Error is described, because it has no JSON form; any other value stays as it is. */
export function encodeError(codec: Codec, error: unknown, field: string): JsonText | null {
  return encodeOptional(codec, isError(error) ? describeError(error) : error, field);
}

/** Whether a value is an Error, including one of another realm, such as a test runner's. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

/** The SQLSTATE with which the server refused something; null if it was not the server. */
export function sqlStateOf(error: unknown): string | null {
  for (let each = error; each instanceof Error; each = each.cause) {
    if ("severity" in each && "code" in each && typeof each.code === "string") return each.code;
  }
  return null;
}

/** Calls a user's callback, and drops its errors and rejections: they must end neither the reporting work nor the process. */
export function quietly<A extends readonly unknown[]>(callback: (...args: A) => unknown, ...args: A): void {
  try {
    Promise.resolve(callback(...args)).catch(() => undefined);
  } catch {
    // The callback itself reports errors, so there is nowhere left to report this one.
  }
}
