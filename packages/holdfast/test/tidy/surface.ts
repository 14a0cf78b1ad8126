import { dirname, join } from "node:path";
import { parseSync } from "oxc-parser";
import { files, type SourceFile } from "./sources.ts";

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

/** The types that exports of entry modules use in their signatures, and that no entry module exports: callers could not name them. */
export function unnamedTypes(entries: readonly string[], files: readonly SourceFile[]): readonly string[] {
  const modules = modulesOf(files);
  const originOf = (declared: Declared): Declared => findOrigin(modules, declared);
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

/** A name that an entry module exports, and the declaration that it stands for. */
export interface Export {
  readonly entry: string;
  readonly name: string;
  readonly origin: string;
}

/** Every name that entry modules export. */
export function exportsOf(entries: readonly string[], files: readonly SourceFile[]): readonly Export[] {
  const modules = modulesOf(files);
  return entries.flatMap((entry) =>
    [...(modules.get(entry)?.exports ?? [])].map(([name, declared]) => {
      return { entry, name, origin: toKey(findOrigin(modules, declared)) };
    }),
  );
}

function modulesOf(files: readonly SourceFile[]): ReadonlyMap<string, Module> {
  return new Map(files.map(({ path, text }) => [path, moduleOf(path, text)]));
}

function findOrigin(modules: ReadonlyMap<string, Module>, declared: Declared): Declared {
  const module = modules.get(declared.path);
  if (module === undefined || module.declarations.has(declared.name)) return declared;
  const next = module.exports.get(declared.name) ?? module.imports.get(declared.name);
  return next ? findOrigin(modules, next) : declared;
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

/** The sources of what a package exports, by the name that a program imports: `holdfast`, `holdfast/jobs`. */
export function entryPoints(folder: string): ReadonlyMap<string, string> {
  const [manifest] = files((path) => path === `packages/${folder}/package.json`);
  const { name, exports } = JSON.parse(manifest?.text ?? "") as Manifest;
  return new Map(
    Object.entries(exports).map(([subpath, built]) => [
      name + subpath.slice(1),
      built.default.replace(/^\.\/dist\/(.*)\.js$/, `packages/${folder}/src/$1.ts`),
    ]),
  );
}

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, { readonly default: string }>>;
}

/** The sources of a package. */
export function packageSources(folder: string): readonly SourceFile[] {
  return files((path) => path.startsWith(`packages/${folder}/src/`) && path.endsWith(".ts"));
}
