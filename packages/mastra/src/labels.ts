import { createHash } from "node:crypto";
import type { Labels } from "holdfast/executions";

/** What Mastra keeps besides runs. */
export type DocumentKind =
  | "thread"
  | "message"
  | "resource"
  | "score"
  | "trace"
  | "span"
  | "metric"
  | "log"
  | "observed score"
  | "feedback";

/** Filters that have an index of their own in an order: those of the most lists, by kind, the most selective first. */
const paths: Readonly<Partial<Record<DocumentKind | "run", readonly (readonly string[])[]>>> = {
  thread: [["resource"]],
  message: [["thread"], ["resource"]],
  score: [["scorerId"], ["entityId"]],
  run: [["thread"], ["resource"], ["workflow", "status"], ["workflow"], ["status"]],
};

/** The most bytes of a label's name that an order may name. */
const nameBytesMax = 255;

/** The label of every document of a kind. */
export function baseLabels(kind: DocumentKind | "run"): Labels {
  return { mastra: kind };
}

/** Labels under the names of a kind, so that no list reads documents of another. */
export function valueLabels<T>(kind: DocumentKind | "run", labels: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [`${kind} ${name}`, value]));
}

/** What lists order by, or ranges of it, under the names of a kind. */
export function sortLabels<T>(kind: DocumentKind | "run", sorts: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(sorts).map(([name, value]) => [sortName(kind, name), value]));
}

/**
 * A label for each order and each path that the labels have. Its name holds the filter, and its value is the place in the order. So a list
 * by that filter reads its own page of the index.
 */
export function pathLabels(
  kind: DocumentKind | "run",
  labels: Labels,
  sorts: Readonly<Record<string, number>>,
): Labels {
  const taken = (paths[kind] ?? []).filter((path) => path.every((name) => labels[name] !== undefined));
  return Object.fromEntries(
    Object.entries(sorts).flatMap(([sort, at]) => taken.map((path) => [pathName(kind, sort, path, labels), at])),
  );
}

/** The label that orders a list with these filters, and the filters that it leaves to check. */
export function orderOf(kind: DocumentKind | "run", sort: string, labels: Labels): { label: string; rest: Labels } {
  const path = paths[kind]?.find((names) => names.every((name) => labels[name] !== undefined));
  if (!path) return { label: sortName(kind, sort), rest: labels };
  const rest = Object.fromEntries(Object.entries(labels).filter(([name]) => !path.includes(name)));
  return { label: pathName(kind, sort, path, labels), rest };
}

function sortName(kind: DocumentKind | "run", sort: string): string {
  return `${kind} by ${sort}`;
}

function pathName(kind: DocumentKind | "run", sort: string, path: readonly string[], labels: Labels): string {
  const name = `${sortName(kind, sort)} of ${JSON.stringify(path.map((each) => [each, labels[each]]))}`;
  if (Buffer.byteLength(name) <= nameBytesMax) return name;
  return `${sortName(kind, sort)} of sha256 ${createHash("sha256").update(name).digest("hex")}`;
}
