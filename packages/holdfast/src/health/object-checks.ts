import { check, type Check, some } from "./check.ts";
import { objectDigests } from "./objects.generated.ts";
import type { ListObjectsRow } from "./statements.generated.ts";

/** Compares the schema's tables, constraints, triggers and functions with this release's. Further ones do no harm. */
export function checkObjects(found: readonly ListObjectsRow[]): Check {
  const digests = new Map(found.map(({ kind, name, digest }) => [`${kind} ${name}`, digest]));
  const names = Object.keys(objectDigests);
  const missing = names.filter((name) => !digests.has(name));
  const changed = names.filter((name) => digests.has(name) && digests.get(name) !== objectDigests[name]);
  if (missing.length + changed.length === 0) {
    return check(
      "objects",
      "ok",
      `All ${names.length} tables, constraints, triggers and functions are this release's.`,
    );
  }
  const parts = [
    ...(missing.length > 0 ? [`lacks ${some(missing)}`] : []),
    ...(changed.length > 0 ? [`has others than this release: ${some(changed)}`] : []),
  ];
  return check(
    "objects",
    "fail",
    `The schema ${parts.join(", and ")}.`,
    "Somebody changed it by hand. Restore these as docs/schema.sql says, or restore a backup.",
  );
}

/** Indexes that the schema lacks, or the server cannot use. Calls work without them, slowly. */
export function checkIndexes(missing: readonly string[]): Check {
  if (missing.length === 0) return check("indexes", "ok", "All indexes are there and valid.");
  return check(
    "indexes",
    "fail",
    `Missing or invalid: ${some(missing)}.`,
    "Drop what is left of each, and create it as docs/schema.sql says.",
  );
}
