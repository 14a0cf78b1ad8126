import type { ErrorFacts } from "../core/errors.ts";

/** A driver's report about a broken rule of the schema. */
export interface BrokenConstraint {
  readonly constraint?: string;
  readonly detail?: string;
}

/** What a broken rule means to the caller, as a message and as facts, like the statements' own errors. */
export interface ConstraintMeaning {
  readonly message: string;
  readonly facts: ErrorFacts;
}

interface Rule {
  readonly field: string;
  /** What the value names. */
  readonly entity: string;
  /** Continues after the field and the value. */
  readonly message: string;
}

const missingExecution: Rule = {
  field: "executionId",
  entity: "execution",
  message: "which does not exist: create the execution first",
};

/** The rules that a caller can break by an argument, if no statement checks them before. */
const rules: Readonly<Record<string, Rule>> = {
  jobs_execution_id_fkey: missingExecution,
  timers_execution_id_fkey: missingExecution,
  component_states_execution_id_fkey: missingExecution,
  waits_execution_id_fkey: missingExecution,
  timers_pkey: { field: "id", entity: "timer", message: "which another timer has: choose another id" },
  waits_pkey: { field: "id", entity: "wait", message: "which another wait has: choose another id" },
};

/** Tells which argument broke a rule of the schema; null for rules that no argument breaks. */
export function meaningOfConstraint({ constraint, detail }: BrokenConstraint): ConstraintMeaning | null {
  const rule = Object.hasOwn(rules, constraint ?? "") ? rules[constraint ?? ""] : undefined;
  if (rule === undefined) return null;
  const { field, entity, message } = rule;
  // Whatever language the server speaks, the key comes in parentheses: (column)=(value).
  const id = /\(\w+\)=\((.*)\)/su.exec(detail ?? "")?.[1];
  if (id === undefined) return { message: `${field} is one ${message}`, facts: { field, entity } };
  return { message: `${field} is ${id}, ${message}`, facts: { field, entity, id } };
}
