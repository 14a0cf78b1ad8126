import { loneOf, type Plan } from "../core/plan.ts";
import { failedStatementOf } from "../postgres/failed-statement.ts";
import { byKind, type Call, Flight, type Kind, outputsOf } from "./flight.ts";

/** The calls of one kind in a flight. */
export interface Group {
  readonly kind: Kind;
  readonly calls: readonly Call[];
  readonly plan: Plan<readonly unknown[]>;
  /** Whether the plan is the fast path, which may do nothing. */
  readonly isFastPath: boolean;
}

/** The group of calls of one kind. A lone call takes its fast path, if it has one. */
export function groupOf(kind: Kind, calls: readonly Call[], mayTakeFastPath: boolean): Group {
  const only = mayTakeFastPath ? loneOf(calls) : undefined;
  const fast = only && kind.fastPath?.(only.input);
  return { kind, calls, plan: fast ?? kind.plan(calls.map(({ input }) => input)), isFastPath: fast !== undefined };
}

/** The outcome of a group: one output for each call, or one error for all. Null if the plan was a fast path that did nothing. */
export type Outcome = { readonly outputs: readonly unknown[] } | { readonly error: unknown } | null;

/** Divides sorted calls between two kinds, as close to the middle as possible. The first part is empty if there is only one kind. */
export function cutBetweenKinds(calls: readonly Call[]): readonly (readonly Call[])[] {
  let cut = 0;
  let end = 0;
  for (const { length } of byKind(calls)) {
    end += length;
    if (Math.abs(calls.length - 2 * end) < Math.abs(calls.length - 2 * cut)) cut = end;
  }
  return [calls.slice(0, cut), calls.slice(cut)];
}

/** Makes one plan of several groups. A group whose rows cannot be read fails alone: all groups are committed. */
export function planOfGroups(groups: readonly Group[]): Plan<readonly Outcome[]> {
  return {
    statements: groups.flatMap(({ plan }) => plan.statements),
    read: (results) => {
      let start = 0;
      return groups.map((group) => {
        const rows = results.slice(start, (start += group.plan.statements.length));
        try {
          const outputs = group.plan.read(rows);
          if (group.isFastPath && outputs.length === 0) return null;
          return { outputs: outputsOf(group.kind, group.calls, outputs) };
        } catch (error) {
          return { error };
        }
      });
    },
  };
}

/** Returns the calls of the group whose statement failed; undefined if the commit failed. */
export function callsAtFault(groups: readonly Group[], error: unknown): readonly Call[] | undefined {
  const failed = failedStatementOf(error);
  if (failed === undefined) return undefined;
  let end = 0;
  return groups.find(({ plan }) => failed < (end += plan.statements.length))?.calls;
}

/** Halves a flight; a lone call stays one flight. */
export function halvesOf({ calls, sentAt }: Flight): readonly Flight[] {
  const half = calls.length >> 1;
  const halves = [calls.slice(0, half), calls.slice(half)].filter((some) => some.length > 0);
  return halves.map((some) => new Flight(some, sentAt));
}

/** Settles the calls that have an outcome. Returns the others. */
export function settle(groups: readonly Group[], outcomes: readonly Outcome[]): readonly Call[] {
  return groups.flatMap(({ calls }, i) => {
    const outcome = outcomes[i] ?? null;
    if (outcome === null) return calls;
    for (const [place, call] of calls.entries()) {
      if ("outputs" in outcome) call.resolve(outcome.outputs[place]);
      else call.reject(outcome.error);
    }
    return [];
  });
}
