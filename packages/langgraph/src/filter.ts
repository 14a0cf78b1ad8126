import type { ListNamespacesOperation } from "@langchain/langgraph-checkpoint";
import { InvalidInputError } from "holdfast/errors";

const operators: Readonly<Record<string, (value: unknown, given: unknown) => boolean>> = {
  $eq: (value, given) => value === given,
  $ne: (value, given) => value !== given,
  $gt: (value, given) => Number(value) > Number(given),
  $gte: (value, given) => Number(value) >= Number(given),
  $lt: (value, given) => Number(value) < Number(given),
  $lte: (value, given) => Number(value) <= Number(given),
  $in: (value, given) => Array.isArray(given) && given.includes(value),
  $nin: (value, given) => Array.isArray(given) && !given.includes(value),
};

/** Whether a value passes a filter: by field, a value that it equals, or operators such as `{ $gte: 3 }`. */
export function passes(value: Readonly<Record<string, unknown>>, filter: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(filter).every(([field, wanted]) => {
    const conditions = typeof wanted === "object" && wanted !== null ? Object.entries(wanted) : [];
    if (conditions.length === 0 || !conditions.some(([name]) => name.startsWith("$"))) return value[field] === wanted;
    return conditions.every(([name, given]) => operatorOf(name, field)(value[field], given));
  });
}

function operatorOf(name: string, field: string): (value: unknown, given: unknown) => boolean {
  const operator = Object.hasOwn(operators, name) ? operators[name] : undefined;
  if (operator) return operator;
  throw new InvalidInputError(
    `filter.${field} has the operator ${name}: use one of ${Object.keys(operators).join(", ")}.`,
    {
      facts: { field: `filter.${field}` },
    },
  );
}

/** Whether a namespace meets all conditions: a prefix or a suffix, in which `*` stands for any label. */
export function meets(
  namespace: readonly string[],
  conditions: ListNamespacesOperation["matchConditions"] = [],
): boolean {
  return conditions.every(({ matchType, path }) => {
    const start = matchType === "prefix" ? 0 : namespace.length - path.length;
    return (
      start >= 0 &&
      path.every((label, i) => (label === "*" ? i + start < namespace.length : namespace[i + start] === label))
    );
  });
}
