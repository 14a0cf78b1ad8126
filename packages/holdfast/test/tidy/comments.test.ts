import { expect, test } from "vitest";
import { ownerlessTodos, undocumentedExports } from "./comments.ts";
import { sourceFiles } from "./sources.ts";

test("every export has a docstring", () => {
  const text = `
    /** Documented. */
    export const a = 1;
    export async function b() {}
    // A comment is not a docstring.
    export interface C {}
    /** Documented, by the first overload. */
    export function d(x: string): void;
    export function d(x: number): void;
    export { e } from "./e.ts";
    const f = 1;
  `;
  expect(undocumentedExports({ path: "a.ts", text })).toEqual([
    "a.ts:4 exports b without a docstring",
    "a.ts:6 exports C without a docstring",
  ]);

  const sources = sourceFiles("ts").filter(({ path }) => path.includes("/src/") && !path.endsWith(".test.ts"));
  expect(sources.flatMap(undocumentedExports)).toEqual([]);
});

test("every note to do something later names its owner", () => {
  const later = ["TO", "DO"].join("");
  const text = `// ${later}: soon\n// ${later}(@ada): soon`;
  expect(ownerlessTodos({ path: "a.ts", text })).toEqual(["a.ts:1 has a note without an owner"]);

  const others = sourceFiles("ts", "sql").filter(({ path }) => !path.endsWith("test/tidy/comments.ts"));
  expect(others.flatMap(ownerlessTodos)).toEqual([]);
});
