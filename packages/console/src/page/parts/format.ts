const seconds = 1000;
const minutes = 60 * seconds;
const hours = 60 * minutes;
const days = 24 * hours;

const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");

/** A duration in at most two units: "840 ms", "12.4 s", "3 m 05 s", "2 h 10 m", "4 d 03 h". */
export function formatDuration(ms: number): string {
  if (ms < 0) return `−${formatDuration(-ms)}`;
  if (ms < seconds) return `${Math.round(ms)} ms`;
  if (ms < minutes) return `${(ms / seconds).toFixed(ms < 10 * seconds ? 2 : 1)} s`;
  if (ms < hours) return `${Math.floor(ms / minutes)} m ${two((ms % minutes) / seconds)} s`;
  if (ms < days) return `${Math.floor(ms / hours)} h ${two((ms % hours) / minutes)} m`;
  return `${Math.floor(ms / days)} d ${two((ms % days) / hours)} h`;
}

/** How long ago a time is, or how long until it comes: "5 s ago", "in 3 m". */
export function formatAgo(at: number, now: number): string {
  const ms = now - at;
  const text = roughly(Math.abs(ms));
  if (text === null) return "now";
  return ms > 0 ? `${text} ago` : `in ${text}`;
}

function roughly(ms: number): string | null {
  if (ms < seconds) return null;
  if (ms < minutes) return `${Math.floor(ms / seconds)} s`;
  if (ms < hours) return `${Math.floor(ms / minutes)} m`;
  if (ms < days) return `${Math.floor(ms / hours)} h`;
  return `${Math.floor(ms / days)} d`;
}

/** A size in bytes: "512 B", "1.4 KB", "20 MB". */
export function formatBytes(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log(bytes) / Math.log(1024)), units.length - 1);
  const value = bytes / 1024 ** power;
  return `${power > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[power] ?? "B"}`;
}

/** A number with separators; above 100,000 in thousands or millions. */
export function formatCount(count: number): string {
  if (count < 100_000) return count.toLocaleString("en");
  if (count < 1_000_000) return `${(count / 1000).toFixed(0)}k`;
  return `${(count / 1_000_000).toFixed(count < 10_000_000 ? 2 : 1)}M`;
}

/** A rate with as many digits as it needs: "0.25", "3.4", "120". */
export function formatRate(rate: number): string {
  if (rate === 0) return "0";
  if (rate < 1) return rate.toFixed(2);
  return rate < 10 ? rate.toFixed(1) : formatCount(Math.round(rate));
}
