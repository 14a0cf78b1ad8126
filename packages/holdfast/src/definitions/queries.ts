import { type DefinitionStatus, definitionStatusLabels } from "../database/enums.generated.ts";
import { checkId, checkInteger, checkOneOf, invalid, type PageRequest } from "../database/input.ts";

/** The highest number of a version, which is also what the schema's integer holds. */
const versionMax = 2 ** 31 - 1;

/** A page of definitions, of those in one status if it is given. */
export interface DefinitionQuery extends PageRequest {
  readonly status?: DefinitionStatus | undefined;
}

/** A page of names, each with its newest version. */
export interface DefinitionListRequest extends DefinitionQuery {
  /** Whether the names come by when that version was published, the last one first; by name, in byte order, if not. */
  readonly newestFirst?: boolean | undefined;
}

/** The number of a version, checked. */
export function checkVersion(version: unknown, field = "version"): number {
  return checkInteger(version, field, { min: 1, max: versionMax });
}

/** A status to filter by, checked; null where there is none. */
export function checkStatus(status: DefinitionStatus | undefined): DefinitionStatus | null {
  return status === undefined ? null : checkOneOf(status, "status", definitionStatusLabels);
}

/** The version that a page of versions, newest first, comes after: above the highest on the first page. */
export function versionBelow(after: string | undefined): number {
  return after === undefined ? versionMax : readVersion(after);
}

/** The cursor of a list by name and version. */
export function cursorOf({ name, version }: { readonly name: string; readonly version: number }): string {
  return `${version} ${name}`;
}

/** Reads such a cursor; the first page comes after a name that sorts before all others. */
export function readCursor(after: string | undefined): { readonly afterName: string; readonly afterVersion: number } {
  if (after === undefined) return { afterName: "", afterVersion: 0 };
  const [version = "", name = ""] = typeof after === "string" ? (/^(\d+) (.+)$/su.exec(after)?.slice(1) ?? []) : [];
  return { afterName: name, afterVersion: readVersion(version) };
}

/** The cursor of a list by time and name. */
export function momentCursorOf({ micros, name }: { readonly micros: string; readonly name: string }): string {
  return `${micros} ${name}`;
}

/** Reads such a cursor; there is none before the first page. */
export function readMomentCursor(after: string | undefined): {
  readonly afterMicros: string | null;
  readonly afterName: string | null;
} {
  if (after === undefined) return { afterMicros: null, afterName: null };
  const [, micros, name] = typeof after === "string" ? (/^(-?\d{1,17}) (.+)$/su.exec(after) ?? []) : [];
  if (micros === undefined) throw invalid("after", "is not the `next` of a former page");
  return { afterMicros: micros, afterName: checkId(name, "after") };
}

function readVersion(text: string): number {
  const version = typeof text === "string" && /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (version < 1 || version > versionMax) throw invalid("after", "is not the `next` of a former page");
  return version;
}
