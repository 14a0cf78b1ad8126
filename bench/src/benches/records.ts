import type { Case, Size } from "../bench.ts";
import { callersName, type Load } from "../load.ts";

/** How many keys, ids or streams an operation goes round. */
export const records = 10_000;

/** One case an operation and a number of callers. */
export function casesOf(
  size: Size,
  operations: Readonly<Record<string, (load: Load) => Case["contenders"]>>,
): readonly Case[] {
  return Object.entries(operations).flatMap(([name, contenders]) =>
    [1, 50].map((callers) => ({
      name: `${name}, ${callersName(callers)}`,
      contenders: contenders({ callers, size }),
    })),
  );
}
