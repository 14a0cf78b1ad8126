import { lazy, type ReactNode, Suspense } from "react";
import type { ExecutionDetail } from "../../protocol/index.ts";
import { CancelExecution } from "../actions/others.tsx";
import { pageHref } from "../api/base.ts";
import { useRead } from "../api/reading.ts";
import { Labels } from "../executions/columns.tsx";
import { Crumbs } from "../parts/crumbs.tsx";
import { useFilters } from "../parts/filters.ts";
import { formatDuration } from "../parts/format.ts";
import { Loaded } from "../parts/loaded.tsx";
import { Empty, Loading } from "../parts/states.tsx";
import { Status, StatusBar } from "../parts/status.tsx";
import { type Tab, Tabs } from "../parts/tabs.tsx";
import { Ago, Duration, Moment } from "../parts/time.tsx";
import { useTitle } from "../parts/title.tsx";
import { CopyButton } from "../payload/payload.tsx";
import { ExecutionChildren } from "./tabs/children.tsx";
import { ExecutionData } from "./tabs/data.tsx";
import { ExecutionHistory } from "./tabs/history.tsx";
import { ExecutionJobs } from "./tabs/jobs.tsx";
import { ExecutionPayloads } from "./tabs/payloads.tsx";
import { ExecutionWaiting } from "./tabs/waiting.tsx";
import { TasksTab } from "./tree/tasks-tab.tsx";
import "./execution.css";

const GraphTab = lazy(() => import("./graph/graph-tab.tsx").then((module) => ({ default: module.GraphTab })));

/** One execution, from all sides. */
export function ExecutionPage(): ReactNode {
  const id = useFilters().get("id") ?? "";
  useTitle(id === "" ? "Execution" : id);
  const query = useRead("/api/execution", { id }, { topics: [`execution:${id}`], isEnabled: id !== "" });
  if (id === "") return <Empty title="No execution is named">Open one from the list of executions.</Empty>;
  return (
    <div className="page">
      <Loaded query={{ ...query, data: query.data?.id === id ? query.data : undefined }} label="Loading the execution">
        {(execution) => (
          <>
            <Head execution={execution} />
            <ExecutionTabs execution={execution} />
          </>
        )}
      </Loaded>
    </div>
  );
}

function Head({ execution }: { readonly execution: ExecutionDetail }): ReactNode {
  const { id, status, definition, startedAt, finishedAt, createdAt, progress, labels, lease } = execution;
  return (
    <>
      <div className="page-head">
        <div className="title-block">
          <Crumbs
            links={[
              ["Executions", "/executions"],
              ...(definition === null ? [] : definitionLinks(definition)),
              ...parentLinks(execution),
            ]}
          />
          <h1 className="execution-id">
            <span className="mono">{id}</span>
            <CopyButton text={id} label="Copy id" />
          </h1>
        </div>
        <div className="actions">
          <CancelExecution execution={execution} />
        </div>
      </div>
      <dl className="strip">
        <Fact name="Status">
          <Status status={status} />
        </Fact>
        <Fact name="Duration">
          <Duration from={startedAt} to={finishedAt} />
        </Fact>
        <Fact name="Waited">
          {startedAt === null ? "—" : formatDuration(Math.max(Date.parse(startedAt) - Date.parse(createdAt), 0))}
        </Fact>
        <Fact name="Created">
          <Moment at={createdAt} />
        </Fact>
        <Fact name="Lease">
          {lease === null ? (
            "not held"
          ) : (
            <>
              {lease.holder ?? "held"}, ends <Ago at={lease.leaseUntil} />
            </>
          )}
        </Fact>
        {Object.keys(labels).length === 0 ? null : (
          <Fact name="Labels">
            <Labels labels={labels} />
          </Fact>
        )}
      </dl>
      {progress.total === 0 ? null : (
        <div className="progress-line">
          <StatusBar label="Tasks" counts={progress.counts} />
          {progress.terminal.toLocaleString("en")} of {progress.total.toLocaleString("en")} tasks ended
        </div>
      )}
    </>
  );
}

function definitionLinks({
  name,
  version,
}: NonNullable<ExecutionDetail["definition"]>): readonly (readonly [string, string])[] {
  return [
    [name, pageHref("executions", { definition: name })],
    [`v${version}`, pageHref("definition", { name, version })],
  ];
}

/** Leads to the task that started the execution, where it names one. */
function parentLinks({ parentId, parentTaskId }: ExecutionDetail): readonly (readonly [string, string])[] {
  if (parentId === null) return [];
  return [[`child of ${parentId}`, pageHref("execution", { id: parentId, task: parentTaskId })]];
}

/** One fact of a strip. */
function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const tabsOf = ({ progress, historyCount, childCount, blobKeys }: ExecutionDetail): readonly Tab[] => [
  { id: "tree", name: "Tasks", count: progress.total },
  { id: "timeline", name: "Timeline" },
  { id: "graph", name: "Graph" },
  { id: "payloads", name: "State & payloads" },
  { id: "history", name: "History", count: historyCount },
  { id: "waiting", name: "Waits & timers" },
  { id: "children", name: "Children", count: childCount },
  { id: "jobs", name: "Jobs" },
  { id: "data", name: "Components & blobs", count: blobKeys.length },
];

function ExecutionTabs({ execution }: { readonly execution: ExecutionDetail }): ReactNode {
  const { id } = execution;
  const tab = useFilters().get("tab") ?? "tree";
  return (
    <>
      <Tabs
        label="Parts of the execution"
        tabs={tabsOf(execution)}
        current={tab}
        hrefOf={(each) => pageHref("execution", { id, tab: each })}
      />
      <Suspense fallback={<Loading label="Loading" lines={8} />}>
        {tab === "tree" || tab === "timeline" ? (
          <TasksTab
            key={id}
            executionId={id}
            isTimeline={tab === "timeline"}
            hasEnded={execution.finishedAt !== null}
          />
        ) : null}
        {tab === "graph" ? <GraphTab key={id} executionId={id} /> : null}
        {tab === "payloads" ? <ExecutionPayloads execution={execution} /> : null}
        {tab === "history" ? <ExecutionHistory id={id} /> : null}
        {tab === "waiting" ? <ExecutionWaiting id={id} /> : null}
        {tab === "children" ? <ExecutionChildren id={id} /> : null}
        {tab === "jobs" ? <ExecutionJobs id={id} /> : null}
        {tab === "data" ? <ExecutionData id={id} /> : null}
      </Suspense>
    </>
  );
}
