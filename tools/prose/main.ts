import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LEFT_OUT } from "./config.ts";
import { passagesOf } from "./passages.ts";
import { check } from "./rules.ts";

/** `npm run lint:prose [-- path…]` checks the English of pages, comments and messages, and fails where a sentence breaks a rule. */
const root = join(import.meta.dirname, "../..");

const wanted = process.argv.slice(2);
const problems = filesOfProject().flatMap((path) =>
  passagesOf(path, readFileSync(join(root, path), "utf8")).flatMap(({ line, text }) =>
    check(text).map((finding) => `${path}:${line + finding.line - 1} ${finding.problem}`),
  ),
);
for (const problem of problems) console.error(problem);
if (problems.length > 0) {
  console.error(`${problems.length} sentences to rewrite. See CONTRIBUTING.md, "Prose".`);
  process.exitCode = 1;
}

function filesOfProject(): readonly string[] {
  const listed = execFileSync(
    "git",
    ["ls-files", "--cached", "--others", "--exclude-standard", "--", "*.md", "*.ts", "*.sql"],
    {
      cwd: root,
      encoding: "utf8",
    },
  );
  return listed
    .split("\n")
    .filter(
      (path) => path !== "" && (wanted.length === 0 ? isChecked(path) : wanted.some((start) => path.startsWith(start))),
    );
}

function isChecked(path: string): boolean {
  return !LEFT_OUT.some(([folder]) => folder.test(path));
}
