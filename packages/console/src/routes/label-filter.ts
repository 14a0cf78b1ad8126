import type { LabelFilter, LabelRange } from "holdfast/executions";
import { badInput } from "../answers/failures.ts";

const condition = /^(.+?)(>=|<=|>|<|=)(.*)$/su;

const bounds = { ">=": "gte", ">": "gt", "<=": "lte", "<": "lt" } as const;

/** Reads conditions on labels such as "tenant=acme" and "size>=10". @throws InvalidInputError */
export function labelFilter(conditions: readonly string[] | undefined): LabelFilter | undefined {
  if (conditions === undefined) return undefined;
  const filter = new Map<string, string | number | boolean | LabelRange>();
  for (const text of conditions) {
    const [, name = "", operator = "", given = ""] = condition.exec(text) ?? [];
    if (name === "") throw badInput("label", "must be a condition such as tenant=acme or size>=10");
    const value = valueOf(given);
    const known = filter.get(name);
    if (operator === "=") {
      if (known !== undefined) throw badInput("label", `has two conditions on ${name} that cannot be combined`);
      filter.set(name, value);
      continue;
    }
    if (typeof value === "boolean") {
      throw badInput("label", `compares ${name} with ${given}: a range takes numbers or text`);
    }
    if (known !== undefined && typeof known !== "object") {
      throw badInput("label", `has two conditions on ${name} that cannot be combined`);
    }
    filter.set(name, { ...known, [bounds[operator as keyof typeof bounds]]: value });
  }
  return Object.fromEntries(filter);
}

/** A JSON number, true, false or quoted text as what it is; anything else as text. */
function valueOf(given: string): string | number | boolean {
  try {
    const value: unknown = JSON.parse(given);
    return typeof value === "number" || typeof value === "boolean" || typeof value === "string" ? value : given;
  } catch {
    return given;
  }
}
