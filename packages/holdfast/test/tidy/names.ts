import { basename } from "node:path";

// Names that say nothing about what is inside, so that anything ends up there.
const EMPTY_NAMES = new Set(["util", "utils", "helper", "helpers", "common", "types", "manager", "service", "misc"]);
const SNAKE_CASE = /^[a-z0-9]+(_[a-z0-9]+)*\.sql$/;

/** Files whose names break the project's rules. */
export function badNames(paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => {
    const name = basename(path);
    if (name.endsWith(".sql") && !SNAKE_CASE.test(name)) return [`${path} is not snake_case`];
    const empty = path.split(/[/.]/).find((part) => EMPTY_NAMES.has(part));
    return empty === undefined ? [] : [`${path} is named "${empty}", which says nothing about what is inside`];
  });
}
