import type { ReactNode } from "react";
import { Link } from "wouter";
import type { JobDetail } from "../../protocol/index.ts";
import { JobActions } from "../actions/jobs.tsx";
import { pageHref } from "../api/base.ts";
import { useRead } from "../api/reading.ts";
import { Crumbs } from "../parts/crumbs.tsx";
import { Facts, Panel } from "../parts/facts.tsx";
import { useFilters } from "../parts/filters.ts";
import { formatDuration } from "../parts/format.ts";
import { Loaded } from "../parts/loaded.tsx";
import { Empty } from "../parts/states.tsx";
import { Status } from "../parts/status.tsx";
import { Table } from "../parts/table.tsx";
import { Ago, Duration, Moment } from "../parts/time.tsx";
import { useTitle } from "../parts/title.tsx";
import { CopyButton, PayloadView } from "../payload/payload.tsx";
import { jobColumns } from "./columns.tsx";
import { Failures } from "./failures.tsx";
import { JobLog } from "./job-log.tsx";

/** One job: its attempts, its errors, what it reports, and what it waits for. */
export function JobPage(): ReactNode {
  const id = useFilters().get("id") ?? "";
  useTitle(id === "" ? "Job" : id);
  const query = useRead("/api/job", { id }, { topics: [`job:${id}`], isEnabled: id !== "" });
  if (id === "") return <Empty title="No job is named">Open one from the list of jobs.</Empty>;
  return (
    <div className="page">
      <Loaded query={{ ...query, data: query.data?.id === id ? query.data : undefined }} label="Loading the job">
        {(job) => <Job job={job} />}
      </Loaded>
    </div>
  );
}

function Job({ job: data }: { readonly job: JobDetail }): ReactNode {
  const { id } = data;
  return (
    <>
      <div className="page-head">
        <div className="title-block">
          <Crumbs
            links={[
              ["Jobs", "/jobs"],
              [data.queue, pageHref("queue", { name: data.queue })],
            ]}
          />
          <h1 className="execution-id">
            <span className="mono">{id}</span>
            <CopyButton text={id} label="Copy id" />
          </h1>
        </div>
        <div className="actions">
          <JobActions job={data} />
        </div>
      </div>
      <JobFacts job={data} />
      <Failures failures={data.failures} />
      <div className="grid-2">
        <Panel title="Payload">
          <PayloadView label="Payload" payload={data.payload} />
        </Panel>
        <Panel title="Result">
          <PayloadView label="Result" payload={data.result} />
        </Panel>
        {data.progress === null ? null : (
          <Panel title="Progress" end={<Ago at={data.progress.reportedAt} />}>
            <PayloadView label="Progress" payload={data.progress.progress} />
          </Panel>
        )}
      </div>
      <JobLog id={id} />
      <Related title="Comes after" jobs={data.after} />
      <Related title="Comes before" jobs={data.before} />
    </>
  );
}

function JobFacts({ job }: { readonly job: JobDetail }): ReactNode {
  const { schedule, executionId, backoff } = job;
  return (
    <Panel title="Attempts and limits">
      <Facts
        facts={[
          ["Status", <Status key="status" status={job.status} />],
          ["Attempts", `${job.attempts} of ${job.maxAttempts.toLocaleString("en")}`],
          ["Backoff", `${formatDuration(backoff.initialMs)} to ${formatDuration(backoff.maxMs)}`],
          [
            "Last attempt ran",
            <Duration
              key="ran"
              from={job.startedAt}
              to={job.status === "running" ? null : (job.finishedAt ?? job.startedAt)}
            />,
          ],
          ["Holder", job.holder ?? "none yet"],
          ["Lease until", <Ago key="lease" at={job.leaseUntil} none="not held" />],
          ["Pushed", <Moment key="pushed" at={job.createdAt} />],
          ["Due", <Moment key="due" at={job.runAt} />],
          ["Ended", <Moment key="ended" at={job.finishedAt} none="not yet" />],
          ["Priority", job.priority],
          ["Group", job.group ?? "none"],
          ["Unique key", job.uniqueKey ?? "none"],
          ["Time limit", job.timeoutMs === null ? "the queue's" : formatDuration(job.timeoutMs)],
          ["Requires", job.requires.length === 0 ? "nothing" : job.requires.join(", ")],
          [
            "Waits for",
            job.status === "blocked" ? `${job.blockedBy} ${job.blockedBy === 1 ? "job" : "jobs"}` : "nothing",
          ],
          [
            "Execution",
            executionId === null ? (
              "none"
            ) : (
              <Link key="execution" href={pageHref("execution", { id: executionId })}>
                {executionId}
              </Link>
            ),
          ],
          [
            "Schedule",
            schedule === null ? (
              "none"
            ) : (
              <Link key="schedule" href={pageHref("schedule", { id: schedule.id })}>
                {schedule.id}
              </Link>
            ),
          ],
          ["If it dies", job.failsExecution ? "its execution fails" : "its execution goes on"],
        ]}
      />
    </Panel>
  );
}

function Related({ title, jobs }: { readonly title: string; readonly jobs: JobDetail["after"] }): ReactNode {
  if (jobs.length === 0) return null;
  return (
    <section className="stack">
      <h2>{title}</h2>
      <Table
        label={title}
        columns={jobColumns}
        rows={jobs}
        keyOf={({ id }) => id}
        hrefOf={({ id }) => pageHref("job", { id })}
      />
    </section>
  );
}
