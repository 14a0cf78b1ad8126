import { expect, test } from "vitest";
import { files } from "./sources.ts";
import { unnamedTypes } from "./surface.ts";

test("a type that a public signature names, and nobody can import, is found", () => {
  const call =
    "import type { Options as Given } from './options.ts';\nexport interface Noun { call(options?: Given): void }";
  const options = "export interface Options { readonly size: Size }\ntype Size = 1 | 2;";
  const entry = "export type { Noun } from './noun.ts';";
  const written = (index: string): readonly { readonly path: string; readonly text: string }[] => [
    { path: "index.ts", text: index },
    { path: "noun.ts", text: call },
    { path: "options.ts", text: options },
  ];
  expect(unnamedTypes(["index.ts"], written(entry))).toEqual(["options.ts: Options, named by Noun"]);
  const both = `${entry}\nexport type { Options } from './options.ts';`;
  expect(unnamedTypes(["index.ts"], written(both))).toEqual(["options.ts: Size, named by Options"]);
});

// What the first exports, users of the others can name too. The adapters of libraries are called by those libraries.
const entries = ["index.ts", "testing/index.ts", "adapters/store.ts"];

// It says which fields of the options exclude each other: nobody has a value of it.
const nameless = "connection-options.ts: At,";

test("what the public surface names, it exports", () => {
  const src = "packages/holdfast/src/";
  const sources = files((path) => path.startsWith(src) && path.endsWith(".ts"));
  const unnamed = unnamedTypes(
    entries.map((entry) => src + entry),
    sources,
  );
  expect(unnamed.filter((type) => !type.includes(nameless))).toEqual([]);
});
