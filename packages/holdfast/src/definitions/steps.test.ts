import { describe, expect, test } from "vitest";
import { InvalidInputError } from "../core/errors.ts";
import { type Step, validateSteps } from "./steps.ts";

function refusal(steps: readonly Step[]): InvalidInputError {
  try {
    validateSteps(steps);
  } catch (error) {
    if (error instanceof InvalidInputError) return error;
    throw error;
  }
  throw new Error("the steps were accepted");
}

describe("a graph of steps", () => {
  test("is accepted without cycles, in any order", () => {
    const accepted: readonly (readonly Step[])[] = [
      [{ id: "c", after: ["a", "b"] }, { id: "b", after: ["a"] }, { id: "a" }],
      [
        { id: "b", after: ["a", "a"] },
        { id: "a", after: [] },
      ],
    ];
    for (const steps of accepted) expect(() => validateSteps(steps)).not.toThrow();
  });

  test("has a step", () => {
    const { message, facts } = refusal([]);
    expect(message).toBe("steps is empty: give at least one step.");
    expect(facts).toEqual({ field: "steps" });
  });

  test("has each id once", () => {
    const { message, facts } = refusal([{ id: "a" }, { id: "b" }, { id: "a" }]);
    expect(message).toBe('steps[2].id of step "a" is the id of steps[0] too: every step needs its own.');
    expect(facts).toEqual({ field: "steps[2].id", step: "a" });
  });

  test("refers to its own steps only", () => {
    const { message, facts } = refusal([{ id: "a" }, { id: "b", after: ["a", "x"] }]);
    expect(message).toBe('steps[1].after[1] of step "b" names "x", which is no step.');
    expect(facts).toEqual({ field: "steps[1].after[1]", step: "b" });
  });

  test("has no step that comes after itself", () => {
    expect(refusal([{ id: "a", after: ["a"] }]).facts).toEqual({ field: "steps", step: "a", steps: 1 });
    const cyclic = [
      { id: "start" },
      { id: "a", after: ["start", "c"] },
      { id: "b", after: ["a"] },
      { id: "c", after: ["b"] },
    ];
    const { message, facts } = refusal([...cyclic, { id: "end", after: ["c"] }]);
    expect(message).toBe('Step "a" comes after "c" comes after "b", which comes after "a" again: break the cycle.');
    expect(facts).toEqual({ field: "steps", step: "a", steps: 3 });
  });

  test("names a step on the cycle, and none that only waits for it", () => {
    expect(
      refusal([
        { id: "end", after: ["a"] },
        { id: "a", after: ["b"] },
        { id: "b", after: ["a"] },
      ]).facts["step"],
    ).toBe("a");
  });

  test("has steps with ids, in an array", () => {
    expect(refusal({} as readonly Step[]).facts).toEqual({ field: "steps" });
    expect(refusal([null as unknown as Step]).facts).toEqual({ field: "steps[0]" });
    expect(refusal([{ id: "" }]).facts).toEqual({ field: "steps[0].id" });
    expect(refusal([{ id: "a", after: "a" as unknown as readonly string[] }]).facts).toEqual({
      field: "steps[0].after",
      step: "a",
    });
  });

  test("may be a chain of any length", () => {
    const chain = Array.from({ length: 100_000 }, (_, i) => ({ id: `s${i}`, after: i > 0 ? [`s${i - 1}`] : [] }));
    validateSteps(chain.toReversed());
    const closed = chain.map((step, i) => (i === 0 ? { id: "s0", after: ["s99999"] } : step));
    const { message, facts } = refusal(closed);
    expect(facts).toEqual({ field: "steps", step: "s0", steps: 100_000 });
    expect(message.length).toBeLessThan(500);
  });
});
