import { createHash } from "node:crypto";
import type { Labels } from "holdfast/executions";

/** Filters of runs that have an index of their own in an order: those of the most lists, the most selective first. */
const paths = [["thread"], ["resource"], ["workflow", "status"], ["workflow"], ["status"]] as const;

/** The most bytes of a label's name that an order may name. */
const nameBytesMax = 255;

/** The label of every run. */
export const runLabels: Labels = { mastra: "run" };

/** What lists of runs order by, or ranges of it. */
export function sortLabels<T>(sorts: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(sorts).map(([name, value]) => [sortName(name), value]));
}

/**
 * A label for each order and each path that the labels have. Its name holds the filter, and its value is the place in the order. So a list
 * by that filter reads its own page of the index.
 */
export function pathLabels(labels: Labels, sorts: Readonly<Record<string, number>>): Labels {
  const taken = paths.filter((path) => path.every((name) => labels[name] !== undefined));
  return Object.fromEntries(
    Object.entries(sorts).flatMap(([sort, at]) => taken.map((path) => [pathName(sort, path, labels), at])),
  );
}

/** The label that orders a list with these filters, and the filters that it leaves to check. */
export function orderOf(sort: string, labels: Labels): { label: string; rest: Labels } {
  const path = paths.find((names) => names.every((name) => labels[name] !== undefined));
  if (!path) return { label: sortName(sort), rest: labels };
  const rest = Object.fromEntries(Object.entries(labels).filter(([name]) => !path.some((each) => each === name)));
  return { label: pathName(sort, path, labels), rest };
}

function sortName(sort: string): string {
  return `run by ${sort}`;
}

function pathName(sort: string, path: readonly string[], labels: Labels): string {
  const name = `${sortName(sort)} of ${JSON.stringify(path.map((each) => [each, labels[each]]))}`;
  if (Buffer.byteLength(name) <= nameBytesMax) return name;
  return `${sortName(sort)} of sha256 ${createHash("sha256").update(name).digest("hex")}`;
}
