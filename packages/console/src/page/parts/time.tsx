import { type ReactNode, useSyncExternalStore } from "react";
import { formatAgo, formatDuration } from "./format.ts";

const listeners = new Set<() => void>();
let now = Date.now();
let skew = 0;
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now() + skew;
    for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** Tells the page the server's time, by which it measures what still runs. */
export function setServerTime(at: number): void {
  skew = at - Date.now();
  now = at;
}

/** The server's time now, once. */
export function serverNow(): number {
  return Date.now() + skew;
}

/** The server's time, anew each second. One clock ticks for the whole page. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}

interface TimeProps {
  readonly at: string | null | undefined;
  /** The words for no time at all. */
  readonly none?: string;
}

/** A time as how long ago it was, with the exact one in its title. */
export function Ago({ at, none = "—" }: TimeProps): ReactNode {
  const current = useNow();
  if (at === null || at === undefined) return <span className="faint">{none}</span>;
  return (
    <time dateTime={at} title={at}>
      {formatAgo(Date.parse(at), current)}
    </time>
  );
}

const clock = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** A time as a date and a clock, in the reader's zone. */
export function Moment({ at, none = "—" }: TimeProps): ReactNode {
  if (at === null || at === undefined) return <span className="faint">{none}</span>;
  return (
    <time dateTime={at} title={at}>
      {clock.format(new Date(at))}
    </time>
  );
}

interface DurationProps {
  readonly from: string | null | undefined;
  readonly to: string | null | undefined;
}

/** How long something took, or has taken until now. */
export function Duration({ from, to }: DurationProps): ReactNode {
  if (from === null || from === undefined) return <span className="faint">—</span>;
  if (to === null || to === undefined) return <Running from={Date.parse(from)} />;
  return <span>{formatDuration(Math.max(Date.parse(to) - Date.parse(from), 0))}</span>;
}

function Running({ from }: { readonly from: number }): ReactNode {
  const elapsed = Math.max(useNow() - from, 0);
  return (
    <span className="muted">{formatDuration(elapsed < 60_000 ? Math.floor(elapsed / 1000) * 1000 : elapsed)}</span>
  );
}
