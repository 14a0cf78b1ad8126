import { RotateCcw, X } from "lucide-react";
import type { ReactNode } from "react";
import type { JobRow, JobSelection } from "../../protocol/index.ts";
import { Action } from "./action.tsx";

const plural = (count: number, word: string): string =>
  `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

const OPEN = new Set(["blocked", "scheduled", "ready", "running"]);

interface JobProps {
  readonly job: JobRow;
  readonly isSmall?: boolean;
}

/** Retries or cancels one job, whichever its status allows. */
export function JobActions({ job: { id, queue, status, maxAttempts }, isSmall = false }: JobProps): ReactNode {
  if (OPEN.has(status)) {
    return (
      <Action
        name="jobs.cancel"
        input={{ id }}
        label="Cancel job"
        icon={X}
        isDanger
        isSmall={isSmall}
        explanation={
          <p>
            The job <code>{id}</code> of queue {queue} ends as canceled
            {status === "running" ? ", and its holder loses its claim" : ""}. Jobs that come after it follow their own
            policy.
          </p>
        }
        outcome={(changed) => (changed === 0 ? "The job had ended already." : "The job is canceled.")}
      />
    );
  }
  if (status === "succeeded") return null;
  return (
    <Action
      name="jobs.retry"
      input={{ id }}
      label="Retry job"
      icon={RotateCcw}
      isSmall={isSmall}
      explanation={
        <p>
          The job <code>{id}</code> becomes ready in queue {queue} at once, with all its{" "}
          {plural(maxAttempts, "attempt")}.
        </p>
      }
      outcome={(changed) =>
        changed === 0 ? "The job was not there to retry any more." : "The job waits for a worker."
      }
    />
  );
}

interface ManyProps {
  readonly selection: JobSelection;
  /** The words that say which jobs: "of queue mail". */
  readonly which: string;
}

/** Retries the dead and canceled jobs of a selection. */
export function RetryAll({ selection, which }: ManyProps): ReactNode {
  return (
    <Action
      name="jobs.retryAll"
      input={selection}
      label={selection.status?.length === 1 ? `Retry all ${selection.status[0] ?? ""}` : "Retry dead and canceled"}
      icon={RotateCcw}
      explanation={
        <p>
          Every {(selection.status ?? ["dead", "canceled"]).join(" or ")} job {which} becomes ready at once, with all
          its attempts. Jobs whose unique key another job has now stay as they are.
        </p>
      }
      outcome={(changed) => `${plural(changed, "job")} will run again.`}
    />
  );
}

/** Cancels the unfinished jobs of a selection. */
export function CancelAll({ selection, which }: ManyProps): ReactNode {
  return (
    <Action
      name="jobs.cancelAll"
      input={selection}
      label={selection.status === undefined ? "Cancel unfinished" : `Cancel all ${selection.status.join(", ")}`}
      icon={X}
      isDanger
      explanation={
        <p>
          Every {selection.status?.join(" or ") ?? "unfinished"} job {which} ends as canceled. Holders of running ones
          lose their claims. Canceled jobs can be retried later.
        </p>
      }
      outcome={(changed) => `${plural(changed, "job")} canceled.`}
    />
  );
}
