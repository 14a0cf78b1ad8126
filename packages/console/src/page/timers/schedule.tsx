import type { ReactNode } from "react";
import { Link } from "wouter";
import type { ScheduleDetail } from "../../protocol/index.ts";
import { ScheduleActions } from "../actions/others.tsx";
import { pageHref } from "../api/base.ts";
import { useRead } from "../api/reading.ts";
import { Crumbs } from "../parts/crumbs.tsx";
import { Facts, Panel } from "../parts/facts.tsx";
import { useFilters } from "../parts/filters.ts";
import { formatDuration } from "../parts/format.ts";
import { Loaded } from "../parts/loaded.tsx";
import { Status } from "../parts/status.tsx";
import { Ago, Moment } from "../parts/time.tsx";
import { useTitle } from "../parts/title.tsx";
import { PayloadView } from "../payload/payload.tsx";
import { ruleOf } from "./schedules.tsx";

/** One schedule: its rule, its next ticks, and the payload of its jobs. */
export function SchedulePage(): ReactNode {
  const id = useFilters().get("id") ?? "";
  useTitle(id === "" ? "Schedule" : id);
  const query = useRead("/api/schedule", { id, ticks: 20 }, { topics: ["schedules"], isEnabled: id !== "" });
  return (
    <div className="page">
      <Loaded query={query} label="Loading the schedule">
        {(schedule) => <Schedule schedule={schedule} />}
      </Loaded>
    </div>
  );
}

function Schedule({ schedule: data }: { readonly schedule: ScheduleDetail }): ReactNode {
  const { id } = data;
  return (
    <>
      <div className="page-head">
        <div className="title-block">
          <Crumbs links={[["Schedules", "/schedules"]]} />
          <h1>{id}</h1>
        </div>
        <div className="actions">
          <ScheduleActions schedule={data} />
        </div>
      </div>
      <Panel title="Rule">
        <Facts
          facts={[
            ["Status", <Status key="status" status={data.status} />],
            ["Rule", <code key="rule">{ruleOf(data)}</code>],
            [
              "Queue",
              <Link key="queue" href={pageHref("queue", { name: data.queue })}>
                {data.queue}
              </Link>,
            ],
            ["Overlap", data.overlap.replaceAll("_", " ")],
            ["Catch up", data.catchUp === "all" ? `all, up to ${data.catchUpLimit}` : data.catchUp],
            ["Missed after", formatDuration(data.missedAfterMs)],
            ["Pushed", data.pushedCount.toLocaleString("en")],
            ["Skipped", data.skippedCount.toLocaleString("en")],
            ["Last tick", <Ago key="last" at={data.lastTickAt} none="none yet" />],
            ["Missed", data.missed === null ? "none" : <Moment key="missed" at={data.missed.from} />],
            ["Starts", <Moment key="starts" at={data.startsAt} none="at once" />],
            ["Ends", <Moment key="ends" at={data.endsAt} none="never" />],
          ]}
        />
      </Panel>
      <div className="grid-2">
        <Panel title="Next ticks">
          <ol className="next-ticks">
            {data.ticks.map((at) => (
              <li key={at}>
                <Moment at={at} />{" "}
                <span className="muted">
                  <Ago at={at} />
                </span>
              </li>
            ))}
          </ol>
          {data.ticks.length === 0 ? <p className="faint">None is to come.</p> : null}
        </Panel>
        <Panel title="Payload of its jobs">
          <PayloadView label="Payload" payload={data.payload} />
        </Panel>
      </div>
    </>
  );
}
