/** Returns the texts at a path into an item: `$`, `title`, `meta.title`, `chapters[*].text`, `authors[0]`, `tags[-1]`, `*` or `{a,b.c}`. */
export function textsAt(value: unknown, path: string): readonly string[] {
  const steps = path === "$" ? [] : (path.match(/\{[^}]*\}|\[[^\]]*\]|[^.[\]{}]+/g) ?? []);
  let found: readonly unknown[] = [value];
  for (const step of steps) found = found.flatMap((each) => valuesAt(each, step));
  return found.flatMap(textOf);
}

function valuesAt(value: unknown, step: string): readonly unknown[] {
  if (typeof value !== "object" || value === null) return [];
  if (step === "*" || (step === "[*]" && Array.isArray(value))) return Object.values(value) as unknown[];
  if (step.startsWith("{")) {
    const paths = step.slice(1, -1).split(",");
    return paths.flatMap((each) =>
      each
        .trim()
        .split(".")
        .reduce<readonly unknown[]>((from, name) => from.flatMap((one) => valuesAt(one, name)), [value]),
    );
  }
  if (step.startsWith("[")) {
    const item: unknown = Array.isArray(value) ? value.at(Number.parseInt(step.slice(1, -1), 10)) : undefined;
    return item === undefined ? [] : [item];
  }
  return Object.hasOwn(value, step) ? [(value as Readonly<Record<string, unknown>>)[step]] : [];
}

function textOf(value: unknown): readonly string[] {
  if (value === null || value === undefined) return [];
  return [typeof value === "string" ? value : JSON.stringify(value, null, 2)];
}
