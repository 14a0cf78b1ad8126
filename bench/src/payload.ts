import { createHash } from "node:crypto";

/** Text that makes a payload about 1 KB long, and that does not compress to nothing. */
export const paddedText: string = Array.from({ length: 15 }, (_, i) =>
  createHash("sha256").update(String(i)).digest("hex"),
).join("");

/** A payload of about 1 KB that differs from call to call. */
export function payload(i: number): { readonly i: number; readonly text: string } {
  return { i, text: paddedText };
}
