import { createHash } from "node:crypto";
import type { Store } from "holdfast";

/** The lines of an archive. */
export async function linesOf(archive: AsyncIterable<string>): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of archive) lines.push(line);
  return lines;
}

/** An archive whose every line is changed, and whose checksum is made to fit. */
export function changed(archive: readonly string[], change: (line: string) => string): readonly string[] {
  const lines = archive.slice(0, -1).map(change);
  const sha256 = createHash("sha256").update(lines.join("")).digest("hex");
  return [...lines, (archive.at(-1) ?? "").replace(/"sha256":"[^"]+"/, `"sha256":"${sha256}"`)];
}

/** An execution with a child that shares entries of another, and with something of everything that goes along. */
export async function withFamily(store: Store): Promise<void> {
  const payload = { text: "\0 \ud800 ü" };
  await store.definitions.publish({ name: "d", document: { v: 1 }, status: "active" });
  await store.executions.create({ id: "origin" });
  await store.history.append("origin", [{ kind: "shared", payload }]);
  await store.executions.create({
    id: "root",
    definition: { name: "d", version: "active" },
    input: payload,
    labels: { n: 7 },
  });
  await store.executions.fork("origin", { id: "a child", parentId: "root" });
  await store.history.append("a child", [{ kind: "own" }]);
  await store.tasks.saveMany([
    { id: "t2", executionId: "root", name: "n", type: "composite" },
    { id: "t1", executionId: "root", name: "n", type: "composite", parentId: "t2" },
  ]);
  await store.components.save({ executionId: "root", component: "c", state: payload });
  await store.timers.schedule({ id: "timer", executionId: "a child", step: "s", afterMs: 1000 });
  await store.jobs.pushMany([
    { id: "j1", queue: "q", executionId: "root", payload },
    { id: "j2", queue: "q", executionId: "root", after: ["j1"] },
  ]);
}
