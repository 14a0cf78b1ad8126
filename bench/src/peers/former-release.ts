import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { HoldfastModule, JobCounts, JobSeen, JobStore, Release } from "./release.ts";

const run = promisify(execFile);

/** The release before the redesign of jobs and executions. */
const commit = "08df7cb";
const cache = join(import.meta.dirname, "../../.cache");
const home = join(cache, `holdfast-${commit}`);
const outputBytesMax = 2 ** 26;

/** The release at `commit`, as `prepareFormerRelease` has built it. */
export const formerRelease: Release = {
  name: "Holdfast, former release",
  isOurs: false,
  isFormer: true,
  load: async () => {
    const entry = join(home, "packages/holdfast/dist/index.js");
    const former = (await import(pathToFileURL(entry).href)) as FormerModule;
    return { ...former, openStore: async (options) => inTodaysWords(await former.openStore(options)) };
  },
};

interface FormerModule extends Omit<HoldfastModule, "openStore"> {
  openStore(this: void, ...options: Parameters<HoldfastModule["openStore"]>): Promise<FormerStore>;
}

/** Queues were among the jobs, and the status of a job was its state. */
interface FormerStore extends Omit<JobStore, "jobs" | "queues"> {
  readonly jobs: Omit<JobStore["jobs"], "iterate"> & {
    readonly configureQueue: JobStore["queues"]["configure"];
    readonly getQueue: JobStore["queues"]["get"];
    count(filter: { readonly queue: string }): Promise<JobCounts>;
    iterate(...filter: Parameters<JobStore["jobs"]["iterate"]>): AsyncIterable<FormerJob>;
  };
}

interface FormerJob extends Omit<JobSeen, "status"> {
  readonly state: string;
}

function inTodaysWords(store: FormerStore): JobStore {
  const { jobs } = store;
  return {
    ...store,
    jobs: {
      ...jobs,
      async *iterate(filter) {
        for await (const { state, ...job } of jobs.iterate(filter)) yield { ...job, status: state };
      },
    },
    queues: {
      configure: jobs.configureQueue,
      get: jobs.getQueue,
      counts: (queue) => jobs.count({ queue }),
    },
  };
}

/** Builds the former release out of the repository's history, with its own packages. Later runs find it built. */
export async function prepareFormerRelease(log: (line: string) => void): Promise<void> {
  if (existsSync(home)) return;
  await requireHistory();
  log(`The former release, ${commit}, is built once: ${home}`);
  mkdirSync(cache, { recursive: true });
  // The rename comes last, so that an interrupted build leaves nothing that looks complete.
  const folder = mkdtempSync(join(cache, "building-"));
  try {
    const archive = join(folder, "release.tar");
    await run("git", ["archive", "--format=tar", `--output=${archive}`, commit], { cwd: repository });
    await run("tar", ["-xf", archive, "-C", folder]);
    rmSync(archive);
    await npm(folder, ["ci"]);
    await npm(folder, ["run", "build"]);
    renameSync(folder, home);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `git archive` in a folder below would take that folder only. */
const repository = join(import.meta.dirname, "../../..");

async function requireHistory(): Promise<void> {
  try {
    await run("git", ["cat-file", "-e", `${commit}^{commit}`], { cwd: repository });
  } catch (cause) {
    throw new Error(
      `The former release, commit ${commit}, is not in the history of ${repository}: run the bench in a whole clone ` +
        "(git fetch --unshallow makes a shallow one whole).",
      { cause },
    );
  }
}

async function npm(folder: string, args: readonly string[]): Promise<void> {
  // npm started this bench, with settings in the environment that would send the packages to the wrong folder.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  await run("npm", [...args], { cwd: folder, env, maxBuffer: outputBytesMax });
}
