/**
 * Lets `JSON.stringify` write an object with bigints in it, each as the text of its digits. The method that does so is not enumerable, so
 * that the object stays plain: it spreads, compares and clones as it did, and only what is given here itself has it.
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
