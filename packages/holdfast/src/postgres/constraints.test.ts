import { expect, test } from "vitest";
import { toHoldfastError } from "./failures.ts";

function broken(code: string, constraint: string, detail: string): Error {
  return Object.assign(new Error("insert or update on table violates a constraint"), { code, constraint, detail });
}

test("a missing execution is named, whatever refers to it", () => {
  for (const table of ["jobs", "timers", "component_states", "waits"]) {
    const detail = 'Key (execution_id)=(e (1)) is not present in table "executions".';
    expect(toHoldfastError(broken("23503", `${table}_execution_id_fkey`, detail))).toMatchObject({
      code: "not_found",
      message: "executionId is e (1), which does not exist: create the execution first.",
      facts: { field: "executionId", entity: "execution", id: "e (1)" },
    });
  }
});

test("an id that is taken is named", () => {
  for (const entity of ["timer", "wait"]) {
    expect(toHoldfastError(broken("23505", `${entity}s_pkey`, "Key (id)=(a) already exists."))).toMatchObject({
      code: "duplicate",
      facts: { field: "id", entity, id: "a" },
    });
  }
});

test("a server that tells no details leaves the id out", () => {
  const { facts } = toHoldfastError(broken("23505", "timers_pkey", ""));
  expect(facts).toEqual({ field: "id", entity: "timer" });
});
