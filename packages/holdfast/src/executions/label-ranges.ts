import { copyPlain, type Fields, fieldsOf } from "../core/fields.ts";
import { checkId, checkText, invalid } from "../core/input.ts";
import type { Labels } from "./execution.ts";
import type { CountLabelRangesParameters } from "./statements.generated.ts";

/** A range of numbers, or of strings in byte order. It has at least one end, and none twice. */
export interface LabelRange {
  readonly gt?: number | string | undefined;
  readonly gte?: number | string | undefined;
  readonly lt?: number | string | undefined;
  readonly lte?: number | string | undefined;
}

/** Conditions on labels: equal to a value, or within a range. */
export type LabelFilter = Readonly<Record<string, string | number | boolean | LabelRange>>;

/** A place in the order of all values of a label: booleans, numbers, texts. See execution_labels in the schema. */
export interface LabelPlace {
  readonly number: number;
  readonly text: string;
}

/** The places that a label may have, from `low` on and before `high`. */
export interface LabelSpan {
  readonly name: string;
  readonly low: LabelPlace;
  readonly high: LabelPlace;
}

/** All values that a label may have. */
export const everyPlace: Omit<LabelSpan, "name"> = {
  low: { number: -Infinity, text: "" },
  // NaN, which no label is, sorts after everything in PostgreSQL.
  high: { number: Number.NaN, text: "" },
};

/** The most bytes of a name that ranges and orders find; the schema has the same limit. */
const nameBytesMax = 255;

/** The most bytes of a string that ranges and orders find; the schema has the same limit. */
const textBytesMax = 1000;

/** The most ranges of one filter, because each is checked for each execution. */
const rangesMax = 20;

/** Separates equal labels from ranges. */
export function splitLabelFilter(filter: LabelFilter | undefined): {
  readonly equal: Labels | undefined;
  readonly spans: readonly LabelSpan[];
} {
  if (filter === undefined) return { equal: undefined, spans: [] };
  const equal: [name: string, value: string | number | boolean][] = [];
  const spans: LabelSpan[] = [];
  for (const [name, value] of Object.entries(copyPlain(filter, "labels"))) {
    if (typeof value === "object") spans.push(spanOf(name, value));
    else equal.push([name, value]);
  }
  if (spans.length > rangesMax) throw invalid("labels", `has ${spans.length} ranges, above the limit of ${rangesMax}`);
  // Not by assignment, which would set the prototype for a label `__proto__`.
  return { equal: Object.fromEntries(equal), spans };
}

/** Checked equal labels as spans of one value each, without those that the index of values does not hold. */
export function pointsOf(equal: Labels | undefined): readonly LabelSpan[] {
  return Object.entries(equal ?? {}).flatMap(([name, value]) => {
    const isIndexed = Buffer.byteLength(name) <= nameBytesMax && Buffer.byteLength(String(value)) <= textBytesMax;
    if (!isIndexed) return [];
    if (typeof value !== "boolean") return [{ name, low: placeAt(value), high: placeAfter(value) }];
    const low = { number: -Infinity, text: String(value) };
    return [{ name, low, high: { ...low, text: `${low.text}\u0001` } }];
  });
}

/** Checks the name of a label that is searched by value. */
export function checkLabelName(name: unknown, field: string): string {
  return checkId(name, field);
}

/** Spans as input columns of a statement. */
export function spanColumns(spans: readonly LabelSpan[]): Omit<CountLabelRangesParameters, "limit"> {
  return {
    rangeNames: spans.map((span) => span.name),
    lowNumbers: spans.map((span) => span.low.number),
    lowTexts: spans.map((span) => span.low.text),
    highNumbers: spans.map((span) => span.high.number),
    highTexts: spans.map((span) => span.high.text),
  };
}

const ends = ["gt", "gte", "lt", "lte"] as const;

const rangeFields: Fields<LabelRange> = fieldsOf<LabelRange>({ gt: true, gte: true, lt: true, lte: true });

function spanOf(name: string, given: LabelRange): LabelSpan {
  const field = `labels.${checkLabelName(name, "a name in labels")}`;
  const range = rangeFields.readInner(given, field);
  const values = ends.filter((end) => range[end] !== undefined).map((end) => checkEnd(range[end], `${field}.${end}`));
  const [first] = values;
  if (first === undefined) throw invalid(field, `has no end: give at least one of ${ends.join(", ")}`);
  if (values.some((value) => typeof value !== typeof first)) throw invalid(field, "has a number and a text for ends");
  const { gt, gte, lt, lte } = range;
  if (gt !== undefined && gte !== undefined) throw invalid(field, "has gt and gte: give one of them");
  if (lt !== undefined && lte !== undefined) throw invalid(field, "has lt and lte: give one of them");
  const isNumber = typeof first === "number";
  const lowest = isNumber ? { number: -Number.MAX_VALUE, text: "" } : { number: Infinity, text: "" };
  const highest = isNumber ? { number: Infinity, text: "" } : everyPlace.high;
  const low = gt === undefined ? placeOf(gte) : placeAfter(gt);
  const high = lte === undefined ? placeOf(lt) : placeAfter(lte);
  return { name, low: low ?? lowest, high: high ?? highest };
}

function checkEnd(value: unknown, field: string): number | string {
  if (typeof value === "number") {
    if (Number.isFinite(value)) return value;
    throw invalid(field, "must be a finite number");
  }
  if (typeof value !== "string") throw invalid(field, "must be a number or a string");
  if (Buffer.byteLength(checkText(value, field)) <= textBytesMax) return value;
  throw invalid(field, `has more than ${textBytesMax} bytes, above which texts are found by equality only`);
}

function placeOf(value: number | string | undefined): LabelPlace | null {
  return value === undefined ? null : placeAt(value);
}

function placeAt(value: number | string): LabelPlace {
  return typeof value === "number" ? { number: value, text: "" } : { number: Infinity, text: value };
}

/** The first place after a value's own. */
function placeAfter(value: number | string): LabelPlace {
  // No string contains NUL, so the next string is this one plus the character U+0001.
  return typeof value === "number"
    ? { number: nextNumber(value), text: "" }
    : { number: Infinity, text: `${value}\u0001` };
}

/** The next greater number in JavaScript and PostgreSQL. */
function nextNumber(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + (value > 0 ? 1n : -1n));
  return view.getFloat64(0);
}
