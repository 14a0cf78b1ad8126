import { describe, expect, test } from "vitest";
import { ConflictError, type ErrorCode, NotFoundError } from "../core/errors.ts";
import {
  isConnectionLost,
  isInputFailure,
  isSerializationFailure,
  isStatementFailure,
  toHoldfastError,
} from "./failures.ts";

function databaseError(code: string, extra: Readonly<Record<string, string>> = {}): Error {
  return Object.assign(new Error("it did not work"), { code, ...extra });
}

describe("each SQLSTATE has its class", () => {
  const table: readonly (readonly [string, ErrorCode, boolean])[] = [
    ["HF001", "conflict", false],
    ["HF002", "lease_lost", false],
    ["HF003", "conflict", false],
    ["HF004", "not_found", false],
    ["HF005", "not_ready", false],
    ["HF006", "invalid_input", false],
    ["HF007", "duplicate", false],
    ["22P02", "invalid_input", false],
    ["22P05", "invalid_input", false],
    ["23502", "invalid_input", false],
    ["23503", "not_found", false],
    ["23505", "duplicate", false],
    ["23514", "invalid_input", false],
    ["25006", "unavailable", true],
    ["25P02", "invalid_input", false],
    ["28000", "invalid_input", false],
    ["28P01", "invalid_input", false],
    ["3D000", "invalid_input", false],
    ["3F000", "schema", false],
    ["40001", "conflict", true],
    ["40P01", "conflict", true],
    ["42501", "schema", false],
    ["42703", "schema", false],
    ["42883", "schema", false],
    ["42704", "schema", false],
    ["42P01", "schema", false],
    ["08006", "unavailable", true],
    ["53100", "unavailable", true],
    ["53300", "unavailable", true],
    ["54000", "invalid_input", false],
    ["55P03", "conflict", true],
    ["57014", "unavailable", true],
    ["57P01", "unavailable", true],
    ["57P03", "unavailable", true],
    ["58030", "unavailable", false],
    ["XX000", "unavailable", false],
    ["XX001", "corrupt", false],
    ["XX002", "corrupt", false],
    ["ECONNREFUSED", "unavailable", true],
    ["ECONNRESET", "unavailable", true],
    ["EPIPE", "unavailable", true],
    ["ETIMEDOUT", "unavailable", true],
    ["ENOTFOUND", "unavailable", true],
  ];

  test.each(table)("%s is %s", (sqlstate, code, retryable) => {
    const cause = databaseError(sqlstate);
    const error = toHoldfastError(cause);
    expect(error).toMatchObject({ code, retryable, cause });
    expect(error.message).toMatch(/^[A-Z].*\.$/);
  });
});

test("Holdfast's own states carry their facts in DETAIL, and keep their message", () => {
  const error = toHoldfastError(
    databaseError("HF001", { detail: '{"entity":"execution","id":"e1","expected":3,"actual":null}' }),
  );
  expect(error.message).toBe("It did not work.");
  expect(error.facts).toEqual({ reason: "version", entity: "execution", id: "e1", expected: 3, actual: null });
});

test("a caller's own number of 64 bits is exact in facts, also as JSON; a count that a number would round is an error", () => {
  const exact = toHoldfastError(databaseError("HF001", { detail: '{"expected":{"bigint":"9223372036854775807"}}' }));
  expect(exact.facts).toEqual({ reason: "version", expected: 2n ** 63n - 1n });
  expect(JSON.stringify(exact.facts)).toBe('{"reason":"version","expected":"9223372036854775807"}');
  expect(toHoldfastError(databaseError("HF001", { detail: '{"actual":9007199254740993}' })).code).toBe("corrupt");
});

test.each([
  ["HF001", undefined, "version"],
  ["HF003", undefined, "status"],
  ["HF003", '{"reason":"ended"}', "ended"],
  ["40001", undefined, "concurrent"],
  ["40P01", undefined, "concurrent"],
  ["55P03", undefined, "locked"],
])("a conflict says why: %s with %s is %s", (code, detail, reason) => {
  const error = toHoldfastError(databaseError(code, detail === undefined ? {} : { detail }));
  expect(error).toBeInstanceOf(ConflictError);
  expect(error).toMatchObject({ reason, facts: { reason } });
  expect(new ConflictError("Another rule.").reason).toBe("rule");
});

test("a broken rule is named, with its table and column, but never the row", () => {
  const detail = "Key (name)=(secret) already exists.";
  const error = toHoldfastError(
    databaseError("23505", { detail, constraint: "jobs_unique", table: "jobs", column: "unique_key" }),
  );
  expect(error.facts).toEqual({ sqlstate: "23505", constraint: "jobs_unique", table: "jobs", column: "unique_key" });
  expect(error.message).not.toContain("secret");
});

test("a foreign key is about what is missing, or about what still refers to it", () => {
  const missing = Object.assign(new Error("insert or update on table violates it"), { code: "23503" });
  const used = Object.assign(new Error("update or delete on table violates it"), { code: "23503" });
  expect([toHoldfastError(missing).code, toHoldfastError(used).code]).toEqual(["not_found", "conflict"]);
});

test("DETAIL that is not JSON does not hide the error", () => {
  expect(toHoldfastError(databaseError("HF004", { detail: "not json" }))).toMatchObject({
    code: "not_found",
    facts: {},
  });
});

test("what is a HoldfastError stays itself, and what is no Error is told", () => {
  const error = new NotFoundError("Gone.");
  expect(toHoldfastError(error)).toBe(error);
  expect(toHoldfastError("a string")).toMatchObject({ code: "unavailable", cause: "a string" });
});

test("an error without a code is a lost connection", () => {
  const error = toHoldfastError(new Error("Connection terminated unexpectedly"));
  expect(error).toMatchObject({ code: "unavailable", retryable: true });
  expect([isConnectionLost(error), isStatementFailure(error)]).toEqual([true, false]);
});

test.each(["tuple concurrently updated", "tuple concurrently deleted"])("%s is a conflict to try again", (message) => {
  const failure = Object.assign(new Error(message), { code: "XX000" });
  const error = toHoldfastError(failure);
  expect(error).toMatchObject({
    code: "conflict",
    retryable: true,
    facts: { sqlstate: "XX000", reason: "concurrent" },
  });
  expect([isSerializationFailure(failure), isSerializationFailure(error)]).toEqual([true, true]);
  expect(isSerializationFailure(databaseError("XX000"))).toBe(false);
});

test.each([
  ["40001", { serialization: true, statement: true, input: false }],
  ["40P01", { serialization: true, statement: true, input: false }],
  ["23505", { serialization: false, statement: true, input: true }],
  ["HF001", { serialization: false, statement: true, input: true }],
  ["57014", { serialization: false, statement: true, input: false }],
  ["57P01", { serialization: false, statement: false, input: false }],
  ["EPIPE", { serialization: false, statement: false, input: false }],
])("%s is told from the others, also inside a HoldfastError", (code, expected) => {
  for (const error of [databaseError(code), toHoldfastError(databaseError(code))]) {
    const told = {
      serialization: isSerializationFailure(error),
      statement: isStatementFailure(error),
      input: isInputFailure(error),
    };
    expect(told).toEqual(expected);
  }
});
