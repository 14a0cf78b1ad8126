import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand, startCommand } from "./command.ts";
import { makeRecording, writeRecording } from "./recordings.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-bad-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Damages a good recording. */
function damaged(damage: (tasks: { id: string; parents: string[]; children: string[] }[]) => void): unknown {
  const recording = makeRecording({ layers: [2, 2], runtimeInSeconds: 0 });
  const { specification } = recording["workflow"] as {
    specification: { tasks: { id: string; parents: string[]; children: string[] }[] };
  };
  damage(specification.tasks);
  return recording;
}

const badRecordings: Readonly<Record<string, { readonly content: () => unknown; readonly names: RegExp }>> = {
  "0 bytes": { content: () => "", names: /empty|0 bytes/ },
  truncated: {
    content: () => JSON.stringify(makeRecording({ layers: [2], runtimeInSeconds: 0 })).slice(0, 200),
    names: /cut short/,
  },
  "not WfFormat": { content: () => ({ hello: "world" }), names: /WfFormat|schemaVersion/ },
  "an unknown parent": { content: () => damaged((tasks) => tasks[2]?.parents.push("nobody")), names: /nobody/ },
  "a cycle": {
    content: () =>
      damaged((tasks) => {
        tasks[0]?.parents.push(tasks[2]?.id ?? "");
        tasks[2]?.children.push(tasks[0]?.id ?? "");
      }),
    names: /wait for each other/,
  },
};

describe("a recording that cannot be replayed is one line and exit code 2", () => {
  for (const [what, { content, names }] of Object.entries(badRecordings)) {
    test(what, async () => {
      const file = writeRecording(folder, content());
      const ended = await runCommand(["replay", file, "--data", join(folder, "unused")]);
      expect(ended.stderr).toMatch(names);
      expect(ended.stderr.trimEnd().split("\n")).toHaveLength(1);
      expect(ended).toMatchObject({ code: 2, stdout: "" });
    });
  }
});

interface BadSetting {
  readonly what: string;
  readonly args: readonly string[];
  readonly names: RegExp;
  /** 2 if it is omitted. */
  readonly code?: number;
}

const badSettings: readonly BadSetting[] = [
  { what: "--speed 0", args: ["--speed", "0"], names: /--speed/ },
  { what: "--workers many", args: ["--workers", "many"], names: /--workers/ },
  { what: "an empty --id", args: ["--id", ""], names: /--id has 0 bytes/ },
  { what: "an --id that leaves no room for the tasks'", args: ["--id", "x".repeat(250)], names: /--id has 250 bytes/ },
  {
    what: "both places",
    args: ["--data", "a", "--database", "postgres://localhost/x"],
    names: /--data and --database/,
  },
  { what: "an unknown option", args: ["--fast"], names: /--fast/ },
  { what: "a schema that is no name", args: ["--schema", "No Schema"], names: /schema/ },
  {
    what: "a server that is down",
    args: ["--database", "postgres://nobody@127.0.0.1:1/x"],
    names: /cannot be reached|refused/i,
    code: 3,
  },
  {
    what: "a setting that is unknown",
    args: ["--database", "postgres://nobody@127.0.0.1:1/x?pool_maximum=3"],
    names: /pool_maximum/,
  },
];

describe("settings that are wrong are one line, and exit code 2 or 3", () => {
  for (const { what, args, names, code = 2 } of badSettings) {
    test(what, async () => {
      const file = writeRecording(folder, makeRecording({ layers: [1], runtimeInSeconds: 0 }));
      const ended = await runCommand(["replay", file, ...args], { cwd: folder });
      expect(ended.stderr).toMatch(names);
      expect(ended.stdout).toBe("");
      expect(ended.code).toBe(code);
    });
  }

  test("a folder that holds something else", async () => {
    const data = join(folder, "photos");
    mkdirSync(data);
    writeFileSync(join(data, "cat.jpg"), "meow");
    const file = writeRecording(folder, makeRecording({ layers: [1], runtimeInSeconds: 0 }));
    const ended = await runCommand(["replay", file, "--data", data]);
    expect(ended.stderr).toContain(data);
    expect(ended.code).toBe(2);
  });

  test("a folder that another process has open", async () => {
    const data = join(folder, "shared");
    const file = writeRecording(folder, makeRecording({ layers: [1], runtimeInSeconds: 60 }));
    const first = startCommand(["replay", file, "--data", data, "--speed", "1"]);
    await first.started;
    const second = await runCommand(["replay", file, "--data", data]);
    first.process.kill("SIGKILL");
    await first.ended;
    expect(second.stderr).toMatch(/in use/);
    expect(second.code).toBe(3);
  });
});
