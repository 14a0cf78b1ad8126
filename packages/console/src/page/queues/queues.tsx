import { Layers } from "lucide-react";
import type { ReactNode } from "react";
import type { QueueRow } from "../../protocol/index.ts";
import { QueuePause } from "../actions/others.tsx";
import { pageHref } from "../api/base.ts";
import { useList } from "../api/reading.ts";
import { formatCount } from "../parts/format.ts";
import { ListView } from "../parts/list-view.tsx";
import { Status, StatusBar } from "../parts/status.tsx";
import type { Column } from "../parts/table.tsx";
import { Ago } from "../parts/time.tsx";
import { useTitle } from "../parts/title.tsx";
import { limitsOf } from "./limits.ts";
import { Rate } from "./rate.tsx";

/** All queues: how deep they are, how long the oldest job waits, how fast they go. */
export function QueuesPage(): ReactNode {
  useTitle("Queues");
  const list = useList("/api/queues", {}, { topics: ["queues", "overview"] });
  return (
    <div className="page">
      <div className="page-head">
        <h1>Queues</h1>
      </div>
      <ListView
        label="Queues"
        list={list}
        columns={queueColumns}
        keyOf={({ name }) => name}
        hrefOf={({ name }) => pageHref("queue", { name })}
        word="queue"
        empty={{
          icon: Layers,
          title: "There are no queues",
          text: "A queue appears with its first job, execution or setting.",
        }}
      />
    </div>
  );
}

const count = (queue: QueueRow, status: keyof QueueRow["counts"]): string => {
  const value = queue.counts[status];
  return `${formatCount(value)}${value >= queue.countUpTo ? "+" : ""}`;
};

const queueColumns: readonly Column<QueueRow>[] = [
  {
    head: "Queue",
    width: "minmax(150px, 1.6fr)",
    narrow: "minmax(0, 1fr)",
    cell: (queue) => (
      <>
        {queue.name} {queue.pausedAt === null ? null : <Status status="paused" />}
      </>
    ),
  },
  { head: "Ready", width: "70px", narrow: "56px", isNumber: true, cell: (queue) => count(queue, "ready") },
  { head: "Running", width: "70px", narrow: "60px", isNumber: true, cell: (queue) => count(queue, "running") },
  { head: "Scheduled", width: "78px", isNumber: true, cell: (queue) => count(queue, "scheduled") },
  { head: "Blocked", width: "70px", isNumber: true, cell: (queue) => count(queue, "blocked") },
  {
    head: "Dead",
    width: "60px",
    narrow: "48px",
    isNumber: true,
    cell: (queue) => <span className={queue.counts.dead > 0 ? "is-bad" : "faint"}>{count(queue, "dead")}</span>,
  },
  { head: "Oldest", width: "78px", isNumber: true, cell: ({ oldestReadyAt }) => <Ago at={oldestReadyAt} /> },
  { head: "Depth", width: "minmax(90px, 0.8fr)", cell: ({ name }) => <Rate queue={name} /> },
  {
    head: "Unfinished",
    width: "minmax(80px, 0.8fr)",
    cell: ({ name, counts: { blocked, scheduled, ready, running } }) => (
      <StatusBar label={name} counts={{ running, ready, scheduled, blocked }} />
    ),
  },
  {
    head: "Limits",
    width: "minmax(90px, 1fr)",
    cell: (queue) => <span className="muted">{limitsOf(queue).join(", ") || "none"}</span>,
  },
  { head: "Actions", width: "60px", cell: (queue) => <QueuePause queue={queue} isSmall /> },
];
