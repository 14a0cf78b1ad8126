/** How a check ended: "skipped" if it does not apply, or the role may not see what it needs. */
export type CheckStatus = "ok" | "warn" | "fail" | "skipped";

/** One thing that was checked. */
export interface Check {
  /** A stable name, such as "schema". */
  readonly name: string;
  readonly status: CheckStatus;
  /** What was found, as a sentence. */
  readonly finding: string;
  /** What to do about it; null if nothing. */
  readonly advice: string | null;
}

/** A check that was made. */
export function check(name: string, status: CheckStatus, finding: string, advice: string | null = null): Check {
  return { name, status, finding, advice };
}

/** A check that was not made. */
export function skipped(name: string, reason: string): Check {
  return check(name, "skipped", reason);
}

/** The first names of a list, and how many more there are. */
export function some(names: readonly string[], max = 5): string {
  const shown = names.slice(0, max).join(", ");
  return names.length > max ? `${shown} and ${names.length - max} more` : shown;
}

/** A duration for people: its greatest unit. */
export function spell(ms: number): string {
  const units = [
    ["days", 86_400_000],
    ["hours", 3_600_000],
    ["minutes", 60_000],
    ["seconds", 1000],
  ] as const;
  const [name, size] = units.find(([, each]) => ms >= 2 * each) ?? ["ms", 1];
  return `${Math.round(ms / size)} ${name}`;
}
