import { isBlobRef } from "holdfast/blobs";

/** The most values of payloads that are searched, and the most keys that are found. */
const limits = { values: 100_000, keys: 100 };

/** The keys of blobs that payloads refer to, each once, in the order of their first place. Large payloads are searched in part. */
export function blobKeysIn(payloads: readonly unknown[]): readonly string[] {
  const keys = new Set<string>();
  const found = [...payloads];
  for (let i = 0; i < found.length && i < limits.values && keys.size < limits.keys; i += 1) {
    const value = found[i];
    if (isBlobRef(value)) keys.add(value.$blob);
    else if (typeof value === "object" && value !== null && !(value instanceof Uint8Array)) {
      for (const inner of Object.values(value)) if (found.length < limits.values) found.push(inner);
    }
  }
  return [...keys];
}
