import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { urlOf } from "../locks/support.ts";
import { databases, describeOnServers } from "../support/databases.ts";
import { processesTimeoutMs } from "../support/waiting.ts";

const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));
const newest = databases().at(-1)?.name;

interface PrintedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | null;
}

/** Runs a process with an SDK of its own, and reads the spans that it printed. */
async function spansOf(what: "push" | "work", url: string): Promise<ReadonlyMap<string, PrintedSpan>> {
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", CHILD, what, url]);
  const spans = JSON.parse(stdout) as readonly PrintedSpan[];
  return new Map(spans.map((span) => [span.name, span]));
}

describeOnServers("a trace", (database) => {
  test.runIf(database.name === newest)(
    "goes on from the process that pushed to the one that works",
    async () => {
      const url = await urlOf(database);
      const pushed = await spansOf("push", url);
      const worked = await spansOf("work", url);
      const [order, push] = [pushed.get("order"), pushed.get("push far")];
      const [handled, charge] = [worked.get("process far"), worked.get("charge")];
      expect(push?.parentId).toBe(order?.spanId);
      expect(handled).toMatchObject({ traceId: order?.traceId, parentId: push?.spanId });
      expect(charge).toMatchObject({ traceId: order?.traceId, parentId: handled?.spanId });
    },
    processesTimeoutMs,
  );
});
