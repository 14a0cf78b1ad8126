import type { ParameterValue } from "./plan.ts";

/** How many bytes a value has; -1 for NULL, as it stands in front of it. */
export function valueSize(value: ParameterValue): number {
  if (value === null) return -1;
  return typeof value === "string" ? Buffer.byteLength(value) : value.byteLength;
}

/** Writes values as messages and arrays hold them, each behind its size, which the caller knows. Gives where they end. */
export function writeValues(
  bytes: Buffer,
  start: number,
  values: readonly ParameterValue[],
  sizes: readonly number[],
): number {
  let end = start;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    end = bytes.writeInt32BE(sizes[i] as number, end);
    if (typeof value === "string") end += bytes.write(value, end);
    else if (value) {
      bytes.set(value, end);
      end += value.byteLength;
    }
  }
  return end;
}
