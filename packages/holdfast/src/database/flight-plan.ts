import { loneOf } from "./batches.ts";
import { failedStatementOf } from "./failed-statement.ts";
import { type Call, Flight, type Kind } from "./flight.ts";
import type { Plan } from "./plan.ts";

/** The calls of one kind in a flight. */
export interface Group {
  readonly kind: Kind;
  readonly calls: readonly Call[];
  readonly plan: Plan<readonly unknown[]>;
  /** Whether the plan is that of the usual case, which does nothing in any other. */
  readonly isUsual: boolean;
}

/** The group of calls of one kind: of a lone one by its plan for the usual case, where it has one. */
export function groupOf(kind: Kind, calls: readonly Call[], mayBeUsual: boolean): Group {
  const only = mayBeUsual ? loneOf(calls) : undefined;
  const usual = only && kind.usual?.(only.input);
  return { kind, calls, plan: usual ?? kind.plan(calls.map(({ input }) => input)), isUsual: usual !== undefined };
}

/** The outcome of a group: one output for each call, or one error for all. Null if the plan was for the usual case, and did nothing. */
export type Landed = { readonly outputs: readonly unknown[] } | { readonly error: unknown } | null;

/** Groups sorted calls by kind. */
export function byKind(calls: readonly Call[]): readonly (readonly Call[])[] {
  const kinds: Call[][] = [];
  for (const call of calls) {
    const last = kinds.at(-1);
    if (last?.[0]?.kind.name === call.kind.name) last.push(call);
    else kinds.push([call]);
  }
  return kinds;
}

/** Cuts sorted calls between two kinds, as close to the middle as possible. The first part is empty if there is only one kind. */
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
export function planOfGroups(groups: readonly Group[]): Plan<readonly Landed[]> {
  return {
    statements: groups.flatMap(({ plan }) => plan.statements),
    read: (results) => {
      let start = 0;
      return groups.map((group) => {
        const rows = results.slice(start, (start += group.plan.statements.length));
        try {
          const outputs = group.plan.read(rows);
          if (group.isUsual && outputs.length === 0) return null;
          return { outputs: outputsOf(group.kind, group.calls, outputs) };
        } catch (error) {
          return { error };
        }
      });
    },
  };
}

/** Returns the outputs, after checking that there is one for each call. */
export function outputsOf(kind: Kind, calls: readonly Call[], outputs: readonly unknown[]): readonly unknown[] {
  if (outputs.length === calls.length) return outputs;
  throw new TypeError(`Write ${kind.name} gave ${outputs.length} results for ${calls.length} inputs.`);
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

/** The kind of calls that are of one. */
export function kindOf([first]: readonly Call[]): Kind {
  if (!first) throw new TypeError("A flight without calls has no kind.");
  return first.kind;
}

/** Settles the calls that have an outcome. Returns the others. */
export function tell(groups: readonly Group[], landed: readonly Landed[]): readonly Call[] {
  return groups.flatMap(({ calls }, i) => {
    const outcome = landed[i] ?? null;
    if (outcome === null) return calls;
    for (const [place, call] of calls.entries()) {
      if ("outputs" in outcome) call.resolve(outcome.outputs[place]);
      else call.reject(outcome.error);
    }
    return [];
  });
}
