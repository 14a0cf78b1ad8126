import type { ErrorFacts } from "../errors.ts";

/** What a driver's error tells of the rule of the schema that it broke. */
export interface BrokenConstraint {
  readonly constraint?: string;
  readonly detail?: string;
}

/** What a broken rule means to the caller: the message says it, and the facts hold it as data, as the statements' own errors do. */
export interface ConstraintMeaning {
  readonly message: string;
  readonly facts: ErrorFacts;
}

interface Rule {
  readonly field: string;
  /** What the value names. */
  readonly entity: string;
  /** Goes on after the field and the value. */
  readonly message: string;
}

const missingExecution: Rule = {
  field: "executionId",
  entity: "execution",
  message: "which does not exist: create the execution first",
};

/** The rules that a caller can break by an argument, without a statement that looks first. */
const rules: Readonly<Record<string, Rule>> = {
  jobs_execution_id_fkey: missingExecution,
  timers_execution_id_fkey: missingExecution,
  component_states_execution_id_fkey: missingExecution,
  waits_execution_id_fkey: missingExecution,
  timers_pkey: { field: "id", entity: "timer", message: "which another timer has: choose another id" },
  waits_pkey: { field: "id", entity: "wait", message: "which another wait has: choose another id" },
};

/** Says which argument broke a rule of the schema; null for rules that no argument breaks. */
export function meaningOfConstraint({ constraint, detail }: BrokenConstraint): ConstraintMeaning | null {
  const rule = Object.hasOwn(rules, constraint ?? "") ? rules[constraint ?? ""] : undefined;
  if (rule === undefined) return null;
  const { field, entity, message } = rule;
  // Whatever language the server speaks, the key comes in parentheses: (column)=(value).
  const id = /\(\w+\)=\((.*)\)/su.exec(detail ?? "")?.[1];
  if (id === undefined) return { message: `${field} is one ${message}`, facts: { field, entity } };
  return { message: `${field} is ${id}, ${message}`, facts: { field, entity, id } };
}
