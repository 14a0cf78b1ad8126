import { expect, test } from "vitest";
import { InvalidInputError } from "../../src/core/errors.ts";
import { migrationSql } from "../../src/migrations/runner.ts";
import { openStore } from "../../src/store.ts";
import { rejection } from "./support.ts";

test.each([
  ["options", null],
  ["schema", { schema: null }],
  ["migrate", { migrate: "no" }],
  ["coalesce", { coalesce: "false" }],
  ["hints", { hints: "no" }],
  ["codec.encode", { codec: {} }],
  ["codec", { codec: "json" }],
])("a store is not opened with wrong %s", async (field, options) => {
  // From JavaScript, anything may come.
  const memory = options === null ? null : { memory: true, ...options };
  const error = await rejection(openStore(memory as unknown as Parameters<typeof openStore>[0]));
  expect(error).toBeInstanceOf(InvalidInputError);
  expect(error).toMatchObject({ facts: { field } });
});

test("migrations are not written out for what is no schema name", () => {
  expect(() => migrationSql('x"; drop table y; --')).toThrow(InvalidInputError);
});
