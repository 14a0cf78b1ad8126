import { expect, test } from "vitest";
import { entryPoints, packageSources, unnamedTypes } from "./surface.ts";

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

// These are called by the libraries that they are written for.
const called = new Set(["holdfast/abstract-level", "holdfast/keyv"]);

// It says which fields of the options exclude each other: nobody has a value of it.
const nameless = "connection-options.ts: At,";

test.for(["contract", "holdfast"])("what the public surface of %s names, it exports", (folder) => {
  const entries = [...entryPoints(folder)].filter(([name]) => !called.has(name)).map(([, path]) => path);
  expect(entries).not.toEqual([]);
  const unnamed = unnamedTypes(entries, packageSources(folder));
  expect(unnamed.filter((type) => !type.includes(nameless))).toEqual([]);
});
