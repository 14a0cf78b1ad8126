import { expect, test } from "vitest";
import { killServer } from "./servers.ts";

const kills = Number(process.env["HOLDFAST_CRASH_CYCLES"] ?? 25);

for (const major of [15, 18] as const) {
  test(`a store lives through many crashes of PostgreSQL ${major}, and keeps what it acknowledged`, async (context) => {
    const { faults, unknown } = await killServer(context, major, kills);
    expect(faults).toEqual([]);
    expect(unknown, "no step was under way when the server died").toBeGreaterThan(0);
  });
}
