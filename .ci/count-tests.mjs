// Counts the tests of several runs, each test once: it failed when any run of it failed. The last line is for machines.
import { existsSync, readFileSync } from "node:fs";

const outcomes = new Map();
const worst = ["skipped", "passed", "failed"];

function record(test, outcome) {
  const known = outcomes.get(test) ?? "skipped";
  outcomes.set(test, worst.indexOf(outcome) > worst.indexOf(known) ? outcome : known);
}

for (const file of process.argv.slice(2)) {
  if (!existsSync(file)) {
    console.log(`no report: ${file}`);
    record(file, "failed");
    continue;
  }
  const report = JSON.parse(readFileSync(file, "utf8"));
  for (const { name, status, assertionResults } of report.testResults) {
    // A file that fails outside its tests (an import, a hook) has no failed test of its own to show it.
    if (status === "failed" && !assertionResults.some((result) => result.status === "failed")) record(name, "failed");
    for (const { fullName, status: outcome } of assertionResults) {
      record(`${name} > ${fullName}`, worst.includes(outcome) ? outcome : "skipped");
    }
  }
}

const count = (outcome) => [...outcomes.values()].filter((found) => found === outcome).length;
if (count("skipped") > 0) console.log(`${count("skipped")} tests were skipped`);
console.log(`tests: ${count("passed")} passed, ${count("failed")} failed`);
process.exitCode = count("failed") === 0 && count("passed") > 0 ? 0 : 1;
