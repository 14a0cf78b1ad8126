/**
 * Lets `JSON.stringify` write an object's bigints as text. The method for that is not enumerable, so the object stays plain. It spreads,
 * compares and clones as before, and copies of it lack the method.
 */
export function jsonSafe<T extends object>(object: T): T {
  return Object.defineProperty(object, "toJSON", { value: toJson });
}

function toJson(this: object): object {
  const fields = Object.entries(this).map(([name, value]: [string, unknown]) => [
    name,
    typeof value === "bigint" ? String(value) : value,
  ]);
  return Object.fromEntries(fields) as object;
}
