const units = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
] as const;

/** A duration with at most two units: "3d 4h", "12m 5s", "350ms". */
export function formatDuration(ms: number): string {
  const whole = Math.max(ms, 0);
  if (whole < 1000) return `${Math.round(whole)}ms`;
  if (whole < 10_000) return `${(Math.floor(whole / 100) / 10).toFixed(1)}s`;
  const at = units.findIndex(([, size]) => whole >= size);
  const [name, size] = units[at] ?? ["s", 1000];
  const [nextName, nextSize] = units[at + 1] ?? ["", 1];
  const rest = nextName === "" ? 0 : Math.floor((whole % size) / nextSize);
  return `${Math.floor(whole / size)}${name}${rest > 0 ? ` ${rest}${nextName}` : ""}`;
}

/** How long ago a time was, or in how long it comes: "3m ago", "in 5s". */
export function formatAge(at: Date, now: number = Date.now()): string {
  const ms = now - at.getTime();
  return ms >= 0 ? `${formatDuration(ms)} ago` : `in ${formatDuration(-ms)}`;
}

/** A time for people: relative first, which stays if the rest is cut, then absolute in UTC. Nothing for null. */
export function formatMoment(at: Date | null, now?: number): string {
  if (at === null) return "";
  const [seconds = ""] = at.toISOString().split(".");
  return `${formatAge(at, now)}, ${seconds.replace("T", " ")}Z`;
}

const byteUnits = ["B", "kB", "MB", "GB", "TB"] as const;

/** A size for people, in powers of 1,024 as PostgreSQL writes them. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < byteUnits.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${byteUnits[unit] ?? "B"}`;
}

/** A number with separators. */
export function formatNumber(value: number): string {
  return value.toLocaleString("en-US");
}
