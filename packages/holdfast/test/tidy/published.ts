/** What `npm pack` would publish of a package, beside its source and what its package.json exports. */
export interface Published {
  /** Paths in the package. */
  readonly packed: readonly string[];
  /** Paths below `src/`. */
  readonly sources: readonly string[];
  /** Every path that `exports` and `bin` of package.json name. */
  readonly named: readonly string[];
}

const BESIDE_DIST = new Set(["package.json", "README.md", "LICENSE", "CHANGELOG.md"]);
// What the build makes from something else than a source file.
const MADE = /^dist\/(postgres\/embedded\/image\.tar\.br|page\/(index\.html|icon\.svg|assets\/[\w-]+\.(js|css)))$/;
const COMMAND = /^bin\/[\w-]+\.js$/;
// No source maps: what the compiler makes of sources with erasable types alone reads as they do.
const BUILT = /^dist\/(.+?)\.(js|d\.ts)$/;

/** Files that would be published though nothing in `src` makes them: leftovers of a renamed module, caches, tests. */
export function strayFiles({ packed, sources }: Published): readonly string[] {
  const made = new Set(sources.filter((path) => !path.endsWith(".test.ts")));
  return packed.filter((path) => {
    if (BESIDE_DIST.has(path) || MADE.test(path) || COMMAND.test(path)) return false;
    const module = BUILT.exec(path)?.[1];
    const copied = path.startsWith("dist/") && made.has(path.slice("dist/".length));
    return !copied && (module === undefined || !(made.has(`${module}.ts`) || made.has(`${module}.tsx`)));
  });
}

/** Paths that package.json names and the package lacks. */
export function missingExports({ packed, named }: Published): readonly string[] {
  return named.filter((path) => !packed.includes(path));
}

/** Public index.ts files that no export names: built, and out of reach for everybody. */
export function unexportedIndexes({ sources, named }: Published): readonly string[] {
  return sources.filter((path) => {
    return /(^|\/)index\.ts$/.test(path) && !named.includes(`dist/${path.replace(/\.ts$/, ".js")}`);
  });
}

/** Every file path in the values of `exports` or `bin`, however deep the conditions are nested. */
export function namedPaths(value: unknown): readonly string[] {
  if (typeof value === "string") return [value.replace(/^\.\//, "")];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(namedPaths) : [];
}
