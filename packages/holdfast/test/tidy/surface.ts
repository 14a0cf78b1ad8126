import { dirname, join } from "node:path";
import { parseSync } from "oxc-parser";
import type { SourceFile } from "./sources.ts";

/** A name that a module declares. */
interface Declared {
  readonly path: string;
  readonly name: string;
}

interface Module {
  /** Its top-level declarations by name. */
  readonly declarations: ReadonlyMap<string, unknown>;
  /** What its own names of other modules' declarations stand for. */
  readonly imports: ReadonlyMap<string, Declared>;
  /** What the names stand for that it exports. */
  readonly exports: ReadonlyMap<string, Declared>;
}

/**
 * The types that the exports of entry modules name in their signatures, and that none of these exports: who calls a method with
 * an object of such a type could not say so.
 */
export function unnamedTypes(entries: readonly string[], files: readonly SourceFile[]): readonly string[] {
  const modules = new Map(files.map(({ path, text }) => [path, moduleOf(path, text)]));
  const originOf = (declared: Declared): Declared => {
    const module = modules.get(declared.path);
    if (module === undefined || module.declarations.has(declared.name)) return declared;
    const next = module.exports.get(declared.name) ?? module.imports.get(declared.name);
    return next ? originOf(next) : declared;
  };
  const exported = entries.flatMap((entry) => [...(modules.get(entry)?.exports.values() ?? [])].map(originOf));
  const known = new Set(exported.map(toKey));
  const missing = new Set<string>();
  for (const { path, name } of exported) {
    for (const type of typesNamedIn(modules.get(path)?.declarations.get(name))) {
      const origin = originOf({ path, name: type });
      // What no module of the project declares is a parameter of the declaration, or comes from a package or the language.
      const isOurs = modules.get(origin.path)?.declarations.has(origin.name) === true;
      if (isOurs && !known.has(toKey(origin))) missing.add(`${toKey(origin)}, named by ${name}`);
    }
  }
  return [...missing].toSorted();
}

function toKey({ path, name }: Declared): string {
  return `${path}: ${name}`;
}

function moduleOf(path: string, text: string): Module {
  const { program, module } = parseSync(path, text);
  const resolve = (request: string): string => join(dirname(path), request);
  const imports = module.staticImports.flatMap(({ moduleRequest, entries }) =>
    entries.map(({ importName, localName }): [string, Declared] => [
      localName.value,
      { path: resolve(moduleRequest.value), name: importName.name ?? "" },
    ]),
  );
  const exports = module.staticExports.flatMap(({ entries }) =>
    entries.map(({ moduleRequest, importName, localName, exportName }): [string, Declared] => {
      const from = moduleRequest ? resolve(moduleRequest.value) : path;
      return [exportName.name ?? "", { path: from, name: (moduleRequest ? importName.name : localName.name) ?? "" }];
    }),
  );
  const declarations = program.body.flatMap((statement): [string, unknown][] => {
    const inner = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
    if (inner?.type === "VariableDeclaration") {
      return inner.declarations.flatMap(({ id }) => (id.type === "Identifier" ? [[id.name, id]] : []));
    }
    return inner && "id" in inner && inner.id && "name" in inner.id ? [[inner.id.name, inner]] : [];
  });
  return { declarations: new Map(declarations), imports: new Map(imports), exports: new Map(exports) };
}

/** The names of types in a declaration's signature: not those in the bodies of functions, or of private members. */
function* typesNamedIn(node: unknown): Generator<string> {
  if (typeof node !== "object" || node === null) return;
  const { type, typeName, expression, key } = node as Readonly<Record<string, unknown>>;
  if (type === "BlockStatement" || (isNamed(key) && key.type === "PrivateIdentifier")) return;
  if (type === "TSTypeReference" && isNamed(typeName) && typeName.name) yield typeName.name;
  if (type === "TSInterfaceHeritage" && isNamed(expression) && expression.name) yield expression.name;
  for (const child of Object.values(node)) yield* typesNamedIn(child);
}

function isNamed(node: unknown): node is { readonly type: string; readonly name?: string } {
  return typeof node === "object" && node !== null && "type" in node;
}
