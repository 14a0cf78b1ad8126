import {
  Ban,
  CalendarClock,
  Circle,
  CircleCheck,
  CircleDot,
  CirclePause,
  CircleX,
  Hourglass,
  Link2,
  LoaderCircle,
  type LucideIcon,
  Skull,
  TimerOff,
} from "lucide-react";
import type { ReactNode } from "react";
import "./status.css";

/** How a status looks: a colour, a shape that tells it without the colour, and a word. */
interface StatusLook {
  readonly icon: LucideIcon;
  /** The name of its colours among the tokens. */
  readonly tone: string;
  readonly word: string;
}

const look = (icon: LucideIcon, tone: string, word: string): StatusLook => ({ icon, tone, word });

const LOOKS: ReadonlyMap<string, StatusLook> = new Map([
  ["pending", look(Circle, "pending", "Pending")],
  ["running", look(LoaderCircle, "running", "Running")],
  ["waiting", look(Hourglass, "waiting", "Waiting")],
  ["paused", look(CirclePause, "paused", "Paused")],
  ["succeeded", look(CircleCheck, "succeeded", "Succeeded")],
  ["failed", look(CircleX, "failed", "Failed")],
  ["timed_out", look(TimerOff, "timed_out", "Timed out")],
  ["canceled", look(Ban, "canceled", "Canceled")],
  ["blocked", look(Link2, "waiting", "Blocked")],
  ["scheduled", look(CalendarClock, "paused", "Scheduled")],
  ["ready", look(CircleDot, "pending", "Ready")],
  ["dead", look(Skull, "failed", "Dead")],
  ["claimed", look(LoaderCircle, "running", "Claimed")],
  ["fired", look(CircleCheck, "succeeded", "Fired")],
  ["delivered", look(CircleCheck, "succeeded", "Delivered")],
  ["expired", look(TimerOff, "timed_out", "Expired")],
  ["active", look(CircleDot, "succeeded", "Active")],
  ["ended", look(Circle, "canceled", "Ended")],
  ["draft", look(Circle, "pending", "Draft")],
  ["retired", look(Ban, "canceled", "Retired")],
]);

const UNKNOWN: StatusLook = look(Circle, "pending", "Unknown");

/** How a status looks, whatever its noun. */
export function lookOf(status: string): StatusLook {
  return LOOKS.get(status) ?? { ...UNKNOWN, word: status };
}

interface StatusProps {
  readonly status: string;
  /** Only the shape; its word is still there for those who do not see it. */
  readonly bare?: boolean;
}

/** A status as a shape, a colour and a word. */
export function Status({ status, bare = false }: StatusProps): ReactNode {
  const { icon: Icon, tone, word } = lookOf(status);
  return (
    <span className={bare ? `status bare tone-${tone}` : `status tone-${tone}`} title={bare ? word : undefined}>
      <Icon size={14} strokeWidth={2.2} aria-hidden="true" className={status === "running" ? "turning" : undefined} />
      <span className={bare ? "visually-hidden" : undefined}>{word}</span>
    </span>
  );
}

interface StatusBarProps {
  /** The number of items in each status, in the order in which to draw them. */
  readonly counts: Readonly<Record<string, number>>;
  readonly label: string;
}

/** The shares of statuses in one thin bar. */
export function StatusBar({ counts, label }: StatusBarProps): ReactNode {
  const parts = Object.entries(counts).filter(([, count]) => count > 0);
  const words = parts.map(([status, count]) => `${count.toLocaleString()} ${lookOf(status).word.toLowerCase()}`);
  return (
    <span
      className="status-bar"
      role="img"
      aria-label={`${label}: ${words.join(", ") || "none"}`}
      title={words.join(", ")}
    >
      {parts.map(([status, count]) => (
        <span key={status} className={`fill-${lookOf(status).tone}`} style={{ flexGrow: count }} />
      ))}
    </span>
  );
}
