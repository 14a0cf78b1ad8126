import { checkId, invalid } from "../core/input.ts";
import { checkEach } from "../core/items.ts";

/** The most names that a job requires or a claimer has, and the most bytes of a job's names, which are indexed. */
const namesMax = { required: 20, capable: 1000 };
const routeBytesMax = 1000;

/** A job's requirements as one text, equal for equal requirements: empty for none, else a sorted JSON array. */
export function toRoute(requires: readonly string[] | undefined): string {
  const names = checkRouteNames(requires, "requires", namesMax.required);
  if (names.length === 0) return "";
  const route = JSON.stringify([...new Set(names)].sort());
  const bytes = Buffer.byteLength(route);
  if (bytes > routeBytesMax) {
    throw invalid("requires", `has ${bytes} bytes as JSON, above the limit of ${routeBytesMax}: use shorter names`);
  }
  return route;
}

/** The requirements of a route. */
export function requirementsOf(route: string): readonly string[] {
  // Only toRoute writes these.
  return route === "" ? [] : (JSON.parse(route) as readonly string[]);
}

/** Checks the capabilities of a claimer. */
export function checkCapabilities(capabilities: readonly string[] | undefined): readonly string[] {
  return checkRouteNames(capabilities, "capabilities", namesMax.capable);
}

function checkRouteNames(names: readonly string[] | undefined, field: string, max: number): readonly string[] {
  if (names === undefined) return [];
  return checkEach(names, field, checkId, max);
}
