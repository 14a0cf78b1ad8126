import { InvalidInputError } from "../core/errors.ts";
import { checkId, invalid } from "../core/input.ts";
import { quote } from "../core/quote.ts";

/** One step of a workflow's graph. */
export interface Step {
  readonly id: string;
  /** The ids of the steps that it depends on. */
  readonly after?: readonly string[] | undefined;
}

/** How many steps of a cycle its error names. */
const namedStepsMax = 10;

/**
 * Checks a graph of at least one step: ids are unique, every dependency exists, and no step depends on itself, directly or through
 * others. Takes time and memory proportional to the steps and their references, however long the chains.
 *
 * @throws InvalidInputError that names the step, in its message and as `facts.step`.
 */
export function validateSteps(steps: readonly Step[]): void {
  if (!isArray(steps)) throw invalid("steps", "must be an array");
  if (steps.length === 0) throw invalid("steps", "is empty: give at least one step");
  const positions = indexSteps(steps);
  const waitsFor = new Int32Array(steps.length);
  const followers: number[][] = steps.map(() => []);
  for (const [i, { id, after = [] }] of steps.entries()) {
    if (!isArray(after)) throw wrong(`steps[${i}].after`, id, "must be an array of step ids");
    for (const [j, before] of after.entries()) {
      const position = positions.get(before);
      if (position === undefined) {
        throw wrong(`steps[${i}].after[${j}]`, id, `names ${quote(before)}, which is no step`);
      }
      followers[position]?.push(i);
      waitsFor[i] = (waitsFor[i] ?? 0) + 1;
    }
  }
  // Kahn's algorithm, over a list instead of the call stack. Whatever remains when nothing can start waits for a cycle.
  const started = steps.flatMap((_, i) => (waitsFor[i] === 0 ? [i] : []));
  for (const done of started) {
    for (const follower of followers[done] ?? []) {
      const left = (waitsFor[follower] ?? 0) - 1;
      waitsFor[follower] = left;
      if (left === 0) started.push(follower);
    }
  }
  if (started.length < steps.length) throw cycle(steps, positions, waitsFor);
}

function indexSteps(steps: readonly Step[]): ReadonlyMap<string, number> {
  const positions = new Map<string, number>();
  for (const [i, step] of steps.entries()) {
    const field = `steps[${i}]`;
    if (typeof step !== "object" || step === null) throw invalid(field, "must be an object with an id");
    const id = checkId(step.id, `${field}.id`);
    if (positions.has(id)) {
      throw wrong(`${field}.id`, id, `is the id of steps[${positions.get(id) ?? 0}] too: every step needs its own`);
    }
    positions.set(id, i);
  }
  return positions;
}

/** Walks from a waiting step to one that it waits for, until a step repeats. */
function cycle(
  steps: readonly Step[],
  positions: ReadonlyMap<string, number>,
  waitsFor: Int32Array,
): InvalidInputError {
  const seen = new Map<number, number>();
  const path: string[] = [];
  let current = waitsFor.findIndex((count) => count > 0);
  while (!seen.has(current)) {
    seen.set(current, path.length);
    const step = steps[current];
    path.push(step?.id ?? "");
    const waiting = step?.after?.map((id) => positions.get(id) ?? -1).find((position) => (waitsFor[position] ?? 0) > 0);
    current = waiting ?? current;
  }
  const loop = path.slice(seen.get(current));
  const [first = ""] = loop;
  const named = loop.slice(0, namedStepsMax).map((id) => quote(id));
  const rest = loop.length > namedStepsMax ? ` after ${loop.length - namedStepsMax} more` : "";
  return new InvalidInputError(
    `Step ${named.join(" comes after ")}, which comes${rest} after ${quote(first)} again: break the cycle.`,
    {
      facts: { field: "steps", step: first, steps: loop.length },
    },
  );
}

/** Array.isArray, which would turn a readonly array into one of `any`. */
function isArray(value: unknown): boolean {
  return Array.isArray(value);
}

function wrong(field: string, step: string, problem: string): InvalidInputError {
  return new InvalidInputError(`${field} of step ${quote(step)} ${problem}.`, { facts: { field, step } });
}
