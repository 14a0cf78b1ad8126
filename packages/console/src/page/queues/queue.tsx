import type { ReactNode } from "react";
import { type JobStatus, jobStatuses, type QueueRow } from "../../protocol/index.ts";
import { CancelAll, RetryAll } from "../actions/jobs.tsx";
import { QueuePause } from "../actions/others.tsx";
import { pageHref } from "../api/base.ts";
import { useList, useRead } from "../api/reading.ts";
import { jobColumns } from "../jobs/columns.tsx";
import { Crumbs } from "../parts/crumbs.tsx";
import { Facts, Panel } from "../parts/facts.tsx";
import { StatusFilter } from "../parts/filter-controls.tsx";
import { useFilters } from "../parts/filters.ts";
import { formatDuration } from "../parts/format.ts";
import { ListView } from "../parts/list-view.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Status } from "../parts/status.tsx";
import { Ago } from "../parts/time.tsx";
import { useTitle } from "../parts/title.tsx";
import { QueueSettingsButton } from "./queue-settings.tsx";
import { Rate } from "./rate.tsx";

/** One queue: its settings and its jobs. */
export function QueuePage(): ReactNode {
  const filters = useFilters();
  const name = filters.get("name") ?? "";
  useTitle(name === "" ? "Queue" : name);
  const query = useRead("/api/queue", { name }, { topics: ["queues"], isEnabled: name !== "" });
  return (
    <div className="page">
      <Loaded query={query} label="Loading the queue">
        {(queue) => <Queue queue={queue} />}
      </Loaded>
    </div>
  );
}

function Queue({ queue: data }: { readonly queue: QueueRow }): ReactNode {
  const filters = useFilters();
  const { name } = data;
  const status = filters.all("status") as readonly JobStatus[];
  const list = useList("/api/jobs", { queue: name, status, order: "desc" }, { topics: ["jobs"] });
  return (
    <>
      <div className="page-head">
        <div className="title-block">
          <Crumbs links={[["Queues", "/queues"]]} />
          <h1>
            {name} {data.pausedAt === null ? null : <Status status="paused" />}
          </h1>
        </div>
        <div className="actions">
          <QueueSettingsButton queue={data} />
          <QueuePause queue={data} />
          <RetryAll selection={{ queue: name }} which={`of queue ${name}`} />
          <CancelAll selection={{ queue: name }} which={`of queue ${name}`} />
        </div>
      </div>
      <QueueFacts queue={data} />
      <StatusFilter
        statuses={jobStatuses}
        chosen={status}
        counts={data.counts}
        countUpTo={data.countUpTo}
        onChange={(chosen) => filters.set({ status: chosen })}
      />
      <ListView
        label="Jobs"
        list={list}
        columns={jobColumns.filter(({ head }) => head !== "Queue")}
        keyOf={({ id }) => id}
        hrefOf={({ id }) => pageHref("job", { id })}
        word="job"
        empty={{ title: status.length === 0 ? "The queue has no jobs" : "The queue has no jobs in these statuses" }}
      />
    </>
  );
}

function QueueFacts({ queue }: { readonly queue: QueueRow }): ReactNode {
  const { rate, agingMs, timeoutMs, concurrency, concurrencyPerGroup, oldestReadyAt, pausedAt } = queue;
  return (
    <Panel title="Limits and pace">
      <Facts
        facts={[
          [
            "Claims",
            pausedAt === null ? (
              "running"
            ) : (
              <>
                paused <Ago key="paused" at={pausedAt} />
              </>
            ),
          ],
          ["Oldest ready", <Ago key="oldest" at={oldestReadyAt} none="none is ready" />],
          ["At once", concurrency?.toLocaleString("en") ?? "no limit"],
          ["At once in a group", concurrencyPerGroup?.toLocaleString("en") ?? "no limit"],
          ["Rate", rate === null ? "no limit" : `${rate.limit} in ${formatDuration(rate.periodMs)}`],
          ["Aging", agingMs === null ? "off" : `a priority each ${formatDuration(agingMs)}`],
          ["Time limit", timeoutMs === null ? "none" : formatDuration(timeoutMs)],
          ["Ready, last minutes", <Rate key="rate" queue={queue.name} />],
        ]}
      />
    </Panel>
  );
}
