import { X } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { Link } from "wouter";
import type { TaskDetail } from "../../../protocol/index.ts";
import { pageHref } from "../../api/base.ts";
import { useRead } from "../../api/reading.ts";
import { Crumbs } from "../../parts/crumbs.tsx";
import { Facts } from "../../parts/facts.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Status } from "../../parts/status.tsx";
import { Duration, Moment } from "../../parts/time.tsx";
import { PayloadView } from "../../payload/payload.tsx";
import { StartedList } from "./started.tsx";

interface PanelProps {
  readonly id: string;
  readonly executionId: string;
  readonly onClose: () => void;
}

/** One task beside the tree: its facts, its attempts and its payloads. */
export function TaskPanel({ id, executionId, onClose }: PanelProps): ReactNode {
  const query = useRead("/api/task", { id }, { topics: [`execution:${executionId}`] });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === "Escape" && document.querySelector("dialog[open]") === null) onClose();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [onClose]);
  return (
    <aside className="panel side" aria-label="Task">
      <header>
        <h2>{query.data?.name ?? id}</h2>
        <button type="button" className="button quiet icon end" aria-label="Close the task" onClick={onClose}>
          <X size={16} aria-hidden="true" />
        </button>
      </header>
      <Loaded query={query} label="Loading the task">
        {(task) => <Body task={task} />}
      </Loaded>
    </aside>
  );
}

function Body({ task }: { readonly task: TaskDetail }): ReactNode {
  const { executionId, attempts, path } = task;
  const href = (id: string): string => pageHref("execution", { id: executionId, task: id });
  const doers = [task.component, task.agent, task.action, task.tool].filter((each) => each !== null).join(" · ");
  return (
    <div className="body">
      {path.length === 0 ? null : <Crumbs links={path.map(({ id, name }) => [name, href(id)] as const)} />}
      <Facts
        facts={[
          ["Status", <Status key="status" status={task.status} />],
          ["Duration", <Duration key="duration" from={task.startedAt} to={task.finishedAt} />],
          ["Type", task.type],
          ["By", doers === "" ? "—" : doers],
          ["Started", <Moment key="started" at={task.startedAt} />],
          ["Ended", <Moment key="ended" at={task.finishedAt} />],
          ...Object.entries(task.usage).map(([name, count]) => [name, count.toLocaleString("en")] as const),
        ]}
      />
      {attempts.length < 2 ? null : (
        <section>
          <h3>Attempts</h3>
          <ol className="attempts">
            {attempts.map(({ id, attempt, status, startedAt, finishedAt }) => (
              <li key={id}>
                <Link href={href(id)}>Attempt {attempt}</Link> <Status status={status} />
                <Duration from={startedAt} to={finishedAt} />
              </li>
            ))}
          </ol>
        </section>
      )}
      <StartedList executionId={executionId} taskId={task.id} />
      {task.error === null ? null : (
        <Part name="Error">
          <PayloadView label="Error" payload={task.error} />
        </Part>
      )}
      <Part name="Input">
        <PayloadView label="Input" payload={task.input} />
      </Part>
      <Part name="Output">
        <PayloadView label="Output" payload={task.output} />
      </Part>
      <p className="faint mono task-id">{task.id}</p>
    </div>
  );
}

function Part({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactNode {
  return (
    <section>
      <h3>{name}</h3>
      {children}
    </section>
  );
}
