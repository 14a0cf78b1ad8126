import { expect, test } from "vitest";
import { isInputFailure, toHoldfastError } from "../failures.ts";
import { executionMessages } from "./messages.ts";

function refusal(...values: readonly Uint8Array[]): unknown {
  try {
    return executionMessages({ name: "s", values, columns: undefined, isLast: true });
  } catch (error) {
    return error;
  }
}

test("values that are too large for a message together are the caller's to make smaller", () => {
  // With the 25 bytes besides, one too many. Nobody writes to these or reads them, so they take no memory.
  const half = new Uint8Array((2 ** 30 - 26) / 2);
  const error = toHoldfastError(refusal(half, half));
  expect(error).toMatchObject({ code: "invalid_input", retryable: false, facts: { sqlstate: "54000" } });
  expect(error.message).toBe(
    "A statement's values make a message of 1073741823 bytes, above PostgreSQL's limit of 1073741822: make it smaller.",
  );
  expect(isInputFailure(error)).toBe(true);
});
