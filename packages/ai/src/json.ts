/**
 * A value as `JSON.stringify` would write it, but with bytes as base64, which messages and model results may hold instead. What JSON
 * would lose or refuse, such as a Map or a bigint, stays as it is. The store's codec then takes it, or names it in an error.
 */
export function toJson(value: unknown, ancestors: readonly object[] = []): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value + 0 : null;
  if (typeof value !== "object" || value === null || ancestors.includes(value)) return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString("base64");
  const inside = [...ancestors, value];
  if (hasForm(value)) return toJson(value.toJSON(), inside);
  if (Array.isArray(value)) return value.map((item) => (item === undefined ? null : toJson(item, inside)));
  if (Object.prototype.toString.call(value) !== "[object Object]") return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([name, item]) => [name, toJson(item, inside)]));
}

function hasForm(value: object): value is { toJSON: () => unknown } {
  return "toJSON" in value && typeof value.toJSON === "function";
}
