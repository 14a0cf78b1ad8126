import {
  Activity,
  Archive,
  CalendarClock,
  Camera,
  Database,
  FileCode2,
  HeartPulse,
  KeyRound,
  Layers,
  ListTree,
  type LucideIcon,
  Skull,
  Timer,
  Workflow,
} from "lucide-react";

/** A page of the navigation. */
export interface PageEntry {
  /** Its path below the console, without a slash. */
  readonly path: string;
  readonly name: string;
  readonly icon: LucideIcon;
  /** What follows g to go there. */
  readonly key: string;
}

const page = (path: string, name: string, icon: LucideIcon, key: string): PageEntry => ({ path, name, icon, key });

/** The navigation, in groups. */
export const pageGroups: readonly { readonly name: string; readonly pages: readonly PageEntry[] }[] = [
  {
    name: "Work",
    pages: [
      page("", "Overview", Activity, "o"),
      page("executions", "Executions", Workflow, "e"),
      page("queues", "Queues", Layers, "q"),
      page("jobs", "Jobs", ListTree, "j"),
      page("dead", "Dead letters", Skull, "d"),
    ],
  },
  {
    name: "Time",
    pages: [page("timers", "Timers", Timer, "t"), page("schedules", "Schedules", CalendarClock, "s")],
  },
  {
    name: "Data",
    pages: [
      page("definitions", "Definitions", FileCode2, "f"),
      page("kv", "Key/value", KeyRound, "k"),
      page("snapshots", "Snapshots", Camera, "n"),
      page("blobs", "Blobs", Archive, "b"),
    ],
  },
  {
    name: "Store",
    pages: [page("health", "Health", HeartPulse, "h"), page("settings", "Settings", Database, "i")],
  },
];

/** All pages of the navigation. */
export const pages: readonly PageEntry[] = pageGroups.flatMap(({ pages: inGroup }) => inGroup);
