import { basename } from "node:path";

// Names that say nothing about what is inside, so that anything ends up there.
const EMPTY_NAMES = new Set(["util", "utils", "helper", "helpers", "common", "types", "manager", "service", "misc"]);
const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*(\.(long|test|generated|config))*\.[a-z]+$/;
const SNAKE_CASE = /^[a-z0-9]+(_[a-z0-9]+)*\.sql$/;

/** Files whose names break the project's rules. */
export function badNames(paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => {
    const name = basename(path);
    const shape = name.endsWith(".sql") ? SNAKE_CASE : KEBAB_CASE;
    if (!shape.test(name)) return [`${path} is not ${name.endsWith(".sql") ? "snake_case" : "kebab-case"}`];
    const empty = path.split(/[/.]/).find((part) => EMPTY_NAMES.has(part));
    return empty === undefined ? [] : [`${path} is named "${empty}", which says nothing about what is inside`];
  });
}
