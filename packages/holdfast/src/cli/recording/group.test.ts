import { expect, test } from "vitest";
import { groupOf, programName } from "./group.ts";

test.for([
  ["mProject", "mProject"],
  ["/usr/bin/pegasus-transfer", "pegasus-transfer"],
  ["C:\\tools\\align.exe", "align.exe"],
  ["samtools \\\n  index", null],
  ["a;b", null],
  ["x".repeat(51), null],
  ["/", null],
  ["", null],
  [null, null],
] as const)("the program %j is named %j", ([program, name]) => {
  expect(programName(program)).toBe(name);
});

test.for([
  ["align_ID0000012", "align"],
  ["split_fasta_ID000001", "split_fasta"],
  ["step-7", "step"],
  ["sha256", "sha256"],
  ["_7", "_7"],
  ["WORKFLOW.ALIGN", "WORKFLOW.ALIGN"],
] as const)("a task named %s without a program is of the kind %s", ([name, group]) => {
  expect(groupOf(name, null)).toBe(group);
});

test("a task with a program is of its kind", () => {
  expect(groupOf("align_ID0000012", "bwa")).toBe("bwa");
});
