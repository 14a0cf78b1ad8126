import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import Slugger from "github-slugger";
import remarkParse from "remark-parse";
import { unified } from "unified";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../../../..");
const documents = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "--", "*.md"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => file !== "" && existsSync(join(root, file)));

/** A node of a document, as far as links and headings are concerned. */
interface Node {
  readonly type: string;
  readonly url?: string;
  readonly value?: string;
  readonly children?: readonly Node[];
}

const markdown = unified().use(remarkParse).freeze();

function* nodesOf(node: Node): Generator<Node> {
  yield node;
  for (const child of node.children ?? []) yield* nodesOf(child);
}

/** Links, images and definitions that lead to another place of the project. */
function linksOf(text: string): readonly string[] {
  return [...nodesOf(markdown.parse(text))].flatMap(({ url }) =>
    url === undefined || /^(?:[a-z]+:|\/\/)/.test(url) ? [] : [url],
  );
}

/** The headings of a document as the links to them spell them. */
function headingsOf(text: string): readonly string[] {
  const slugger = new Slugger();
  const found = [...nodesOf(markdown.parse(text))].filter(({ type }) => type === "heading");
  return found.map((heading) => slugger.slug([...nodesOf(heading)].map(({ value }) => value ?? "").join("")));
}

const headings = new Map<string, readonly string[]>();

/** Reads a document once, however many links lead to it. */
function headingsIn(file: string): readonly string[] {
  const known = headings.get(file) ?? headingsOf(readFileSync(join(root, file), "utf8"));
  headings.set(file, known);
  return known;
}

function leadsSomewhere(document: string, link: string): boolean {
  const [path = "", heading] = decodeURI(link).split("#");
  // A changeset becomes a part of CHANGELOG.md, at the root.
  const folder = document.startsWith(".changeset/") ? "." : dirname(document);
  const file = path === "" ? document : join(folder, path);
  if (!existsSync(join(root, file))) return false;
  return heading === undefined || headingsIn(file).includes(heading);
}

test("links, images and definitions are found, and headings spelled as links spell them", () => {
  expect(linksOf("[a](b.md#c) ![d](e.svg) <https://f.org>\n\n```md\n[g](h.md)\n```\n\n[i]: j.md")).toEqual([
    "b.md#c",
    "e.svg",
    "j.md",
  ]);
  expect(headingsOf("# A `b` & c\n## Same\n## Same\n")).toEqual(["a-b--c", "same", "same-1"]);
});

test("every link of the documents leads to a file, and to a heading where it names one", () => {
  expect(documents).toContain("docs/README.md");
  const broken = documents.flatMap((document) =>
    linksOf(readFileSync(join(root, document), "utf8"))
      .filter((link) => !leadsSomewhere(document, link))
      .map((link) => `${document}: ${link}`),
  );
  expect(broken).toEqual([]);
});

test("every source file that a document names is there", () => {
  const named = ["ARCHITECTURE.md", "CONTRIBUTING.md"].flatMap((document) =>
    [...readFileSync(join(root, document), "utf8").matchAll(/(?<![\w/])[\w-]+(?:\/[\w.-]+)+\.(?:ts|sql)\b/g)].map(
      ([file]) => file,
    ),
  );
  expect(named.length).toBeGreaterThan(20);
  const places = ["packages/holdfast/src", "packages/holdfast", "."];
  expect(named.filter((file) => !places.some((place) => existsSync(join(root, place, file))))).toEqual([]);
});
