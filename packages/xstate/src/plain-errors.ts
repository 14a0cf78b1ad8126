/** A value in which errors are objects of `name` and `message`, at every depth: XState keeps them in snapshots, and JSON loses them. */
export function withPlainErrors<T>(value: T): T {
  // Everything else keeps its shape.
  return plain(value, new Map()) as T;
}

function plain(value: unknown, known: Map<object, unknown>): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Error) return { name: value.name, message: value.message };
  if (known.has(value)) return known.get(value);
  // The codec refuses what contains itself.
  known.set(value, value);
  const made = Array.isArray(value) ? plainItems(value, known) : plainFields(value, known);
  known.set(value, made);
  return made;
}

function plainItems(items: readonly unknown[], known: Map<object, unknown>): readonly unknown[] {
  const made = items.map((item) => plain(item, known));
  return made.every((item, i) => item === items[i]) ? items : made;
}

function plainFields(value: object, known: Map<object, unknown>): object {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const entries = Object.entries<unknown>({ ...value });
  const made = entries.map(([name, field]) => [name, plain(field, known)] as const);
  return made.every(([, field], i) => field === entries[i]?.[1]) ? value : Object.fromEntries(made);
}
