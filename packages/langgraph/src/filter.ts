import type { ListNamespacesOperation } from "@langchain/langgraph-checkpoint";
import { InvalidInputError } from "holdfast/errors";
import type { LabelFilter, LabelRange, Labels } from "holdfast/executions";
import { escaped } from "./text.ts";

/** The fields of an item. */
export type Fields = Readonly<Record<string, unknown>>;

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

/** The ends of ranges by operator, each with the other end of its side. */
const ends: Readonly<Record<string, readonly [end: keyof LabelRange, other: keyof LabelRange]>> = {
  $gt: ["gt", "gte"],
  $gte: ["gte", "gt"],
  $lt: ["lt", "lte"],
  $lte: ["lte", "lt"],
};

/** The most ranges of one search. */
const rangesMax = 20;

/** The longest name and the longest text that labels hold, so that a long text is not stored twice. */
const labelBytesMax = 250;

/** A condition on a field: an operator, and what it compares with. */
export interface Condition {
  readonly field: string;
  readonly operator: string;
  readonly given: unknown;
}

type Label = readonly [name: string, value: string | number | boolean];

/** The conditions of a filter: by field, a value that it equals, or operators such as `{ $gte: 3 }`. Refuses other operators. */
export function conditionsOf(filter: Fields): readonly Condition[] {
  return Object.entries(filter).flatMap(([field, wanted]): readonly Condition[] => {
    const given =
      typeof wanted === "object" && wanted !== null ? (Object.entries(wanted) as [string, unknown][]) : null;
    // No operators at all let everything pass, as in LangGraph's own store.
    const isValue = given === null || (given.length > 0 && !given.some(([name]) => name.startsWith("$")));
    if (isValue) return [{ field, operator: "$eq", given: wanted }];
    return given.map(([operator, value]) => {
      if (Object.hasOwn(operators, operator)) return { field, operator, given: value };
      const known = Object.keys(operators).join(", ");
      throw new InvalidInputError(`filter.${field} has the operator ${operator}: use one of ${known}.`, {
        facts: { field: `filter.${field}` },
      });
    });
  });
}

/** Whether an item passes all conditions. */
export function passes(value: Fields, conditions: readonly Condition[]): boolean {
  return conditions.every(({ field, operator, given }) => operators[operator]?.(value[field], given) === true);
}

/**
 * The labels of an item: its fields with texts, numbers, booleans and null. A field's number, or the number that JavaScript makes of
 * its value, is under the name with a quote, because comparisons take that number.
 */
export function labelsOfItem(value: Fields): Labels {
  const labels: Label[] = [];
  for (const [field, each] of Object.entries(value)) {
    const name = escaped(field);
    if (!isShort(name)) continue;
    if (typeof each !== "number") labels.push(...exactLabels(name, each));
    const number = Number(each);
    if (!Number.isNaN(number)) labels.push([numberName(name), numberLabel(number)]);
  }
  return Object.fromEntries(labels);
}

/** Labels that every item has which passes. Others may have them too. */
export function labelsOfConditions(conditions: readonly Condition[]): LabelFilter {
  const equal: Label[] = [];
  const ranges = new Map<string, LabelRange>();
  for (const { field, operator, given } of conditions) {
    const name = escaped(field);
    if (!isShort(name)) continue;
    if (operator === "$eq") equal.push(...exactLabels(name, given));
    const [end, other] = ends[operator] ?? [];
    const number = Number(given);
    if (end === undefined || other === undefined || !Number.isFinite(number)) continue;
    const range = ranges.get(numberName(name)) ?? {};
    if (range[end] !== undefined || range[other] !== undefined || ranges.size === rangesMax) continue;
    ranges.set(numberName(name), { ...range, [end]: numberLabel(number) });
  }
  return Object.fromEntries<LabelFilter[string]>([...ranges, ...equal]);
}

/** The labels of a value that is compared as it is; none for an object, an array or a long text. */
function exactLabels(name: string, value: unknown): readonly Label[] {
  if (value === null) return [[name, '"null']];
  if (typeof value === "boolean") return [[name, value]];
  if (typeof value === "number") return Number.isNaN(value) ? [] : [[numberName(name), numberLabel(value)]];
  if (typeof value !== "string") return [];
  const text = escaped(value);
  return isShort(text) ? [[name, text]] : [];
}

/** A name with a quote, which no escaped text holds. */
function numberName(name: string): string {
  return `${name}"`;
}

/** A label has no infinity and no negative zero. */
function numberLabel(number: number): number {
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, number)) + 0;
}

function isShort(text: string): boolean {
  return Buffer.byteLength(text) <= labelBytesMax;
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
