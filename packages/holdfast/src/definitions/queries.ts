import { type DefinitionStatus, definitionStatusLabels } from "../database/enums.generated.ts";
import { checkInteger, checkOneOf, invalid, type PageRequest } from "../database/input.ts";

/** The highest number of a version, which is also what the schema's integer holds. */
const versionMax = 2 ** 31 - 1;

/** A page of definitions, of those in one status if it is given. */
export interface DefinitionQuery extends PageRequest {
  readonly status?: DefinitionStatus | undefined;
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

function readVersion(text: string): number {
  const version = typeof text === "string" && /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (version < 1 || version > versionMax) throw invalid("after", "is not the `next` of a former page");
  return version;
}
