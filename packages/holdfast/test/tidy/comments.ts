import { lineAt, parse, type SourceFile } from "./sources.ts";

const DECLARATIONS = new Set(["ExportNamedDeclaration", "ExportDefaultDeclaration"]);

/** Exported declarations without a docstring directly above. What is re-exported has its docstring where it is declared. */
export function undocumentedExports(file: SourceFile): readonly string[] {
  const { program, comments } = parse(file);
  const docstringEnds = comments.filter(({ value }) => value.startsWith("*")).map(({ end }) => end);
  const documented = (start: number): boolean => {
    return docstringEnds.some((end) => end <= start && file.text.slice(end, start).trim() === "");
  };
  const seen = new Set<string>();
  return program.body.flatMap((node) => {
    if (!DECLARATIONS.has(node.type) || !("declaration" in node) || !node.declaration) return [];
    const name = declaredName(file.text.slice(node.start, node.end));
    // The overloads of one function share the docstring of the first.
    const repeated = seen.has(name);
    seen.add(name);
    if (repeated || documented(node.start)) return [];
    return [`${file.path}:${lineAt(file.text, node.start)} exports ${name} without a docstring`];
  });
}

function declaredName(declaration: string): string {
  const keywords =
    /^export\s+(?:(?:default|declare|abstract|async|const|let|class|interface|type|function\*?|namespace)\s+)*/;
  return /^[\w$]+/.exec(declaration.replace(keywords, ""))?.[0] ?? "something";
}

/** Notes to do something later that name nobody who will. */
export function ownerlessTodos({ path, text }: SourceFile): readonly string[] {
  return text.split("\n").flatMap((line, i) => {
    return /\b(TODO|FIXME|XXX|HACK)\b(?!\([\w@#-]+\))/.test(line)
      ? [`${path}:${i + 1} has a note without an owner`]
      : [];
  });
}
