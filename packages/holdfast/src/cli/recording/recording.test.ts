import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { groupOf, loadRecording, programName } from "./recording.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-recording-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Loads a recording with these contents: bytes, a text, or a value to be written as JSON. */
async function load(contents: unknown): ReturnType<typeof loadRecording> {
  const file = join(folder, "run.json");
  const isRaw = typeof contents === "string" || contents instanceof Uint8Array;
  writeFileSync(file, isRaw ? contents : JSON.stringify(contents));
  return loadRecording(file);
}

/** What is wrong with a recording with these contents. */
async function fault(contents: unknown): Promise<string> {
  return load(contents).then(
    () => "nothing",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

type Path = readonly (string | number)[];

/** A sound recording of two tasks with one value replaced; undefined removes it. */
function changed(path: Path, value: unknown): unknown {
  const document: unknown = structuredClone(SOUND);
  let at = document as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>;
  at[path.at(-1) ?? ""] = value;
  return document;
}

const SOUND = {
  name: "two",
  description: "Two tasks.",
  schemaVersion: "1.5",
  workflow: {
    specification: {
      tasks: [
        {
          id: "b",
          name: "merge_ID02",
          parents: ["a"],
          children: [],
          inputFiles: ["x", "y"],
          outputFiles: ["unlisted"],
        },
        { id: "a", name: "split_ID01", parents: [], children: ["b"], outputFiles: ["x", "y"] },
      ],
      files: [
        { id: "x", sizeInBytes: 3 },
        { id: "y", sizeInBytes: 4 },
      ],
    },
    execution: {
      makespanInSeconds: 2.5,
      executedAt: "2020-01-01T00:00:00Z",
      tasks: [{ id: "a", runtimeInSeconds: 1.305, command: { program: "/bin/split" } }],
    },
  },
};

const tasks: Path = ["workflow", "specification", "tasks"];
const runs: Path = ["workflow", "execution", "tasks"];

test("a recording is read as it stands, and what is not recorded took no time", async () => {
  expect(await load(SOUND)).toEqual({
    name: "two",
    description: "Two tasks.",
    document: SOUND.workflow.specification,
    makespanMs: 2500,
    tasks: [
      {
        id: "a",
        name: "split_ID01",
        group: "split",
        parents: [],
        depth: 0,
        runtimeMs: 1305,
        program: "split",
        inputFiles: { count: 0, bytes: 0 },
        outputFiles: { count: 2, bytes: 7 },
      },
      {
        id: "b",
        name: "merge_ID02",
        group: "merge",
        parents: ["a"],
        depth: 1,
        runtimeMs: 0,
        program: null,
        inputFiles: { count: 2, bytes: 7 },
        outputFiles: { count: 1, bytes: 0 },
      },
    ],
  });
});

test("a workflow that was never run, version 1.6, and a byte order mark are fine", async () => {
  const unrun = await load(changed(["workflow", "execution"], undefined));
  expect(unrun.makespanMs).toBe(0);
  expect((await load(changed(["schemaVersion"], "1.6"))).tasks).toHaveLength(2);
  expect((await load(`\u{feff}${JSON.stringify(SOUND)}`)).name).toBe("two");
});

test("a file that is not there, a folder and a device are told apart", async () => {
  await expect(loadRecording(join(folder, "none.json"))).rejects.toThrow("is not there: check the path");
  await expect(loadRecording("")).rejects.toThrow("is not there: check the path");
  await load(SOUND);
  await expect(loadRecording(join(folder, "run.json", "x"))).rejects.toThrow(
    "what should be a folder on its path is a file",
  );
  await expect(loadRecording(folder)).rejects.toThrow("is a folder: name a file in it");
  await expect(loadRecording("/dev/null")).rejects.toThrow("is neither a file nor a pipe: name a file");
  await expect(loadRecording("a\0b")).rejects.toThrow("cannot be read (ERR_INVALID_ARG_VALUE): check the path");
});

test("a file that this user may not read is told", async ({ skip }) => {
  skip(process.getuid === undefined || process.getuid() === 0, "the superuser may read everything");
  const file = join(folder, "secret.json");
  writeFileSync(file, "{}", { mode: 0o000 });
  await expect(loadRecording(file)).rejects.toThrow("may not be read by this user");
});

const FILES: readonly (readonly [string, unknown, string])[] = [
  ["0 bytes", "", "has 0 bytes: record or copy it again"],
  ["white space", " \n", "holds nothing but white space"],
  ["compressed", gzipSync("{}"), "is compressed: unpack it with gunzip first"],
  ["another encoding", Buffer.from("{é}", "latin1"), "is not text in UTF-8"],
  ["cut within a character", Buffer.from('{"é').subarray(0, 3), "ends too early, at line 1, column 3"],
  ["cut short", JSON.stringify(SOUND, null, 2).slice(0, 60), "ends too early, at line 4, column 11: it was cut short"],
  ["not JSON", "name: two", 'is not JSON, for it begins with "name": name a recording'],
  [
    "NaN",
    JSON.stringify(SOUND).replace("1.305", "NaN"),
    `column ${JSON.stringify(SOUND).indexOf("1.305") + 1} has "NaN"`,
  ],
  ["a list", [], "the document is a list: WfFormat has an object there"],
  ["other JSON", { name: "two", version: "1.0.0" }, "is not in WfFormat, for it has no schemaVersion"],
];

test.for(FILES)("a file with %s is refused", async ([, contents, problem]) => {
  expect(await fault(contents)).toContain(problem);
});

const FIELDS: readonly (readonly [Path, unknown, string])[] = [
  [["schemaVersion"], "1.4", "is in WfFormat 1.4, which has another shape than 1.5: convert it with"],
  [["schemaVersion"], "2.0", 'schemaVersion is the text "2.0": give a recording in WfFormat "1.5" or "1.6"'],
  [["schemaVersion"], 1.5, "schemaVersion is the number 1.5"],
  [["name"], undefined, "name is missing: WfFormat has a text there"],
  [["name"], "", "name is empty: give it at least one character"],
  [["description"], null, "description is null: WfFormat has a text there"],
  [["workflow"], undefined, "workflow is missing: WfFormat has an object there"],
  [["workflow", "specification"], [], "workflow.specification is a list: WfFormat has an object there"],
  [tasks, undefined, "workflow.specification.tasks is missing: WfFormat has a list there"],
  [tasks, [], "workflow.specification.tasks is empty: name a recording with at least one task"],
  [[...tasks, 1], 7, "workflow.specification.tasks[1] is the number 7: WfFormat has an object there"],
  [[...tasks, 1, "id"], undefined, "workflow.specification.tasks[1].id is missing: WfFormat has a text there"],
  [[...tasks, 1, "id"], "b", 'workflow.specification.tasks[1].id repeats "b" of [0]: give every task an id of its own'],
  [[...tasks, 1, "id"], "é".repeat(101), "workflow.specification.tasks[1].id has 202 bytes, above the limit of 200"],
  [[...tasks, 1, "id"], "a\0", "workflow.specification.tasks[1].id holds a NUL character: leave it out"],
  [[...tasks, 1, "name"], "a\ud800", "workflow.specification.tasks[1].name holds a lone surrogate: leave it out"],
  [[...tasks, 0, "parents"], undefined, "workflow.specification.tasks[0].parents is missing: WfFormat has a list"],
  [[...tasks, 0, "parents", 0], {}, "workflow.specification.tasks[0].parents[0] is an object: WfFormat has a text"],
  [[...tasks, 0, "parents"], [], 'workflow.specification.tasks[0].parents of "b" lacks "a"'],
  [[...tasks, 0, "inputFiles"], "x", 'workflow.specification.tasks[0].inputFiles is the text "x": WfFormat has a list'],
  [[...tasks, 0, "note"], "\0", "workflow.specification.tasks[0].note holds a NUL character, which PostgreSQL"],
  [[...tasks, 0, "a b"], { c: ["\ud800"] }, 'workflow.specification.tasks[0]["a b"].c[0] holds a lone surrogate'],
  [["workflow", "specification", "x\0"], 1, String.raw`workflow.specification["x\u0000"] holds a NUL character`],
  [["workflow", "specification", "files", 1, "sizeInBytes"], -1, "files[1].sizeInBytes is -1: give a whole number"],
  [["workflow", "specification", "files", 1, "sizeInBytes"], 1.5, "files[1].sizeInBytes is 1.5: give a whole number"],
  [["workflow", "execution"], "run", 'workflow.execution is the text "run": WfFormat has an object there'],
  [["workflow", "execution", "makespanInSeconds"], "2", 'makespanInSeconds is the text "2": WfFormat has a number'],
  [
    [...runs, 0, "runtimeInSeconds"],
    -1,
    "workflow.execution.tasks[0].runtimeInSeconds is -1: give a number of seconds",
  ],
  [[...runs, 0, "runtimeInSeconds"], 1e12, "workflow.execution.tasks[0].runtimeInSeconds is 1000000000000: give"],
  [[...runs, 0, "runtimeInSeconds"], null, "runtimeInSeconds is null: WfFormat has a number of seconds there"],
  [[...runs, 0, "id"], "z", 'workflow.execution.tasks[0].id is "z", which workflow.specification.tasks does not have'],
  [[...runs, 1], SOUND.workflow.execution.tasks[0], 'workflow.execution.tasks[1].id repeats "a" of [0]'],
  [[...runs, 0, "command"], "split", 'workflow.execution.tasks[0].command is the text "split": WfFormat has an object'],
];

test.for(FIELDS)("the first wrong field is named: %j of %j", async ([path, value, problem]) => {
  expect(await fault(changed(path, value))).toContain(problem);
});

test("numbers beyond measure and values nested without end are refused", async () => {
  const text = JSON.stringify(changed([...tasks, 0, "note"], "here"));
  expect(await fault(text.replace('"here"', "1e999"))).toContain("tasks[0].note is a number beyond 1.8e308");
  expect(await fault(text.replace('"here"', "-0"))).toContain("tasks[0].note is -0: write 0");
  expect(await fault(text.replace("1.305", "1e999"))).toContain("runtimeInSeconds is Infinity: give a number");
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  expect(await fault(text.replace('"here"', deep))).toContain("is nested more than 100 levels deep: flatten it");
});

test("a fault is one line without control characters, and not as long as the file", async () => {
  const problem = await fault(changed([...tasks, 0, "parents", 0], `\u001b[2J\n\u009b\u202e${"x".repeat(1000)}`));
  expect(problem).toMatch(/^[^\p{C}]+$/u);
  expect(problem.length).toBeLessThan(300);
});

test("a chain of 200,000 tasks is read", { timeout: 30_000 }, async () => {
  const ids = Array.from({ length: 200_000 }, (_, i) => `task_ID${i}`);
  const chain = ids.map((id, i) => ({
    id,
    name: id,
    parents: ids.slice(i + 1, i + 2),
    children: i > 0 ? [ids[i - 1]] : [],
  }));
  const recording = await load(changed(["workflow"], { specification: { tasks: chain } }));
  expect(recording.tasks.at(-1)).toMatchObject({ id: "task_ID0", group: "task", depth: 199_999 });
});

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
