import { checkId, invalid } from "../database/input.ts";
import { checkEach } from "../database/items.ts";

/** The most names that a job requires or a claimer is capable of, and the most bytes of a job's, which stand in an index. */
const namesMax = { required: 20, capable: 1000 };
const routeBytesMax = 1000;

/** What a job requires as one text, the same for the same requirements: empty for none, else a JSON array, sorted. */
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
  // Written by toRoute, and by nobody else.
  return route === "" ? [] : (JSON.parse(route) as readonly string[]);
}

/** What a claimer is capable of, checked. */
export function checkCapabilities(capabilities: readonly string[] | undefined): readonly string[] {
  return checkRouteNames(capabilities, "capabilities", namesMax.capable);
}

function checkRouteNames(names: readonly string[] | undefined, field: string, max: number): readonly string[] {
  if (names === undefined) return [];
  return checkEach(names, field, checkId, max);
}
