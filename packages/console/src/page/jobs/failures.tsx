import type { ReactNode } from "react";
import type { JobDetail, JobFailureRow } from "../../protocol/index.ts";
import { Facts, Panel } from "../parts/facts.tsx";
import { Duration, Moment } from "../parts/time.tsx";
import { PayloadView } from "../payload/payload.tsx";
import "./failures.css";

/** The failed attempts of a job, each with its own error. */
export function Failures({ failures }: Pick<JobDetail, "failures">): ReactNode {
  if (failures.length === 0) return null;
  return (
    <Panel title="Failed attempts" end={<span className="muted">the newest first</span>}>
      <ol className="failures">
        {failures.map((failure, place) => (
          <li key={failure.token}>
            <Failure failure={failure} isOpen={place === 0} />
          </li>
        ))}
      </ol>
    </Panel>
  );
}

function Failure({ failure, isOpen }: { readonly failure: JobFailureRow; readonly isOpen: boolean }): ReactNode {
  const { attempt, holder, startedAt, failedAt, error } = failure;
  return (
    <details open={isOpen}>
      <summary>
        <strong>Attempt {attempt}</strong>{" "}
        <span className="muted">
          failed <Moment at={failedAt} /> after <Duration from={startedAt} to={failedAt} />
        </span>
      </summary>
      <Facts
        facts={[
          ["Worker", holder ?? "unnamed"],
          ["Started", <Moment key="started" at={startedAt} />],
          ["Failed", <Moment key="failed" at={failedAt} />],
          ["Ran", <Duration key="ran" from={startedAt} to={failedAt} />],
        ]}
      />
      <PayloadView label={`Error of attempt ${attempt}`} payload={error} />
    </details>
  );
}
