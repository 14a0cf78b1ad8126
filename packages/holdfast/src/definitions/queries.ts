import { type DefinitionStatus, definitionStatusLabels } from "../core/enums.generated.ts";
import { checkId, checkInteger, checkOneOf, checkText, type Order, type PageRequest } from "../core/input.ts";
import { momentOf, nameAfter, notACursor, numberOf } from "../core/pages.ts";

/** The highest version number, which is also the limit of the schema's integer. */
const versionMax = 2 ** 31 - 1;

/** Options of a page of definitions, optionally of one status. */
export interface DefinitionQuery extends PageRequest {
  readonly status?: DefinitionStatus | undefined;
}

/** Options of a page of names, each with its newest version. */
export interface DefinitionListRequest extends DefinitionQuery {
  /** By name, in byte order, by default; or by the publication time of that version. */
  readonly orderBy?: "name" | "createdAt" | undefined;
}

/** Checks the number of a version. */
export function checkVersion(version: unknown, field = "version"): number {
  return checkInteger(version, field, { min: 1, max: versionMax });
}

/** Checks a status to filter by; null if there is none. */
export function checkStatus(status: DefinitionStatus | undefined): DefinitionStatus | null {
  return status === undefined ? null : checkOneOf(status, "status", definitionStatusLabels);
}

/** The cursor of a list by name and version. */
export function cursorOf({ name, version }: { readonly name: string; readonly version: number }): string {
  return `${version} ${name}`;
}

/** Reads such a cursor. */
export function readCursor(
  after: string | undefined,
  order: Order,
): { readonly afterName: string; readonly afterVersion: number } {
  if (after === undefined) return { afterName: nameAfter(after, order), afterVersion: 0 };
  const [version, name] = splitCursor(after);
  return { afterName: name, afterVersion: numberOf(version) };
}

/** The cursor of a list by time and name. */
export function momentCursorOf({ micros, name }: { readonly micros: string; readonly name: string }): string {
  return `${micros} ${name}`;
}

/** Reads such a cursor; before the first page there is none. */
export function readMomentCursor(after: string | undefined): {
  readonly afterMoment: string | null;
  readonly afterName: string | null;
} {
  if (after === undefined) return { afterMoment: null, afterName: null };
  const [micros, name] = splitCursor(after);
  return { afterMoment: momentOf(micros), afterName: name };
}

/** A number and the name behind it. */
function splitCursor(after: string): readonly [number: string, name: string] {
  const [, number, name] = /^(-?\d+) (.+)$/su.exec(checkText(after, "after")) ?? [];
  if (number === undefined) throw notACursor();
  return [number, checkId(name, "after")];
}
