import { expect, test } from "vitest";
import { processesTimeoutMs } from "../support/waiting.ts";
import { killServer } from "./servers.ts";

// PostgreSQL dies by `kill -9`, while clients of one store make steps.

for (const major of [15, 18] as const) {
  test(
    `a store lives through crashes of PostgreSQL ${major}, and keeps what it acknowledged`,
    { timeout: processesTimeoutMs },
    async (context) => {
      const { faults, unknown } = await killServer(context, major, 2);
      expect(faults).toEqual([]);
      expect(unknown, "no step was under way when the server died").toBeGreaterThan(0);
    },
  );
}
