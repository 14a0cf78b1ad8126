import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readRecording } from "../../src/cli/recording/recording.ts";

// Public recordings of real engines are not part of the project; where they lie beside it, they are read too.
const FOLDER = fileURLToPath(new URL("../../../../../shared/data/wfinstances/", import.meta.url));

const REAL = [
  { file: "blast-chameleon-small-002.json", tasks: 43, links: 120, makespanMs: 1_001_400, groups: 4 },
  { file: "rnaseq-dirt02-001.json", tasks: 197, links: 451, makespanMs: 3_131_000, groups: 62 },
  { file: "seismology-chameleon-200p-001.json", tasks: 201, links: 200, makespanMs: 356_000, groups: 2 },
  { file: "1000genome-chameleon-20ch-100k-001.json", tasks: 520, links: 760, makespanMs: 2_765_000, groups: 5 },
  { file: "montage-chameleon-2mass-02d-001.json", tasks: 619, links: 1641, makespanMs: 7_331_000, groups: 8 },
];

test.for(REAL)("$file is read whole", async ({ file, tasks, links, makespanMs, groups }, { skip }) => {
  skip(!existsSync(join(FOLDER, file)), "this public recording does not lie beside the project");
  const recording = await readRecording(join(FOLDER, file));
  expect(recording.makespanMs).toBe(makespanMs);
  expect(recording.tasks).toHaveLength(tasks);
  expect(recording.tasks.flatMap(({ parents }) => parents)).toHaveLength(links);
  expect(new Set(recording.tasks.map(({ group }) => group)).size).toBe(groups);
  const places = new Map(recording.tasks.map(({ id }, i) => [id, i]));
  for (const [i, { parents }] of recording.tasks.entries()) {
    for (const parent of parents) expect(places.get(parent)).toBeLessThan(i);
  }
});
