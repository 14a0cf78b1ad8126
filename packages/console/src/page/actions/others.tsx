import { Ban, Pause, Play, Power, PowerOff, X, Zap } from "lucide-react";
import type { ReactNode } from "react";
import type { DefinitionRow, ExecutionRow, QueueRow, ScheduleRow, TimerRow, WaitRow } from "../../protocol/index.ts";
import { Action } from "./action.tsx";

const ENDED = new Set(["succeeded", "failed", "timed_out", "canceled"]);

/** Cancels an execution. Nothing for one that has ended. */
export function CancelExecution({ execution: { id, status } }: { readonly execution: ExecutionRow }): ReactNode {
  if (ENDED.has(status)) return null;
  return (
    <Action
      name="executions.cancel"
      input={{ id }}
      label="Cancel execution"
      icon={Ban}
      isDanger
      explanation={
        <p>
          The execution <code>{id}</code> ends as canceled. Its holder loses its lease. Its unfinished jobs, waits and
          timers are removed, and this cannot be undone.
        </p>
      }
      outcome={(changed) => (changed === 0 ? "The execution had ended already." : "The execution is canceled.")}
    />
  );
}

/** Pauses a queue, or ends its pause. */
export function QueuePause({
  queue: { name, pausedAt },
  isSmall = false,
}: {
  readonly queue: QueueRow;
  readonly isSmall?: boolean;
}): ReactNode {
  return pausedAt === null ? (
    <Action
      name="queues.pause"
      input={{ queue: name }}
      label="Pause queue"
      icon={Pause}
      isSmall={isSmall}
      explanation={<p>No process claims from {name} until it is resumed, also across restarts. Jobs that run go on.</p>}
      outcome={() => `Queue ${name} is paused.`}
    />
  ) : (
    <Action
      name="queues.resume"
      input={{ queue: name }}
      label="Resume queue"
      icon={Play}
      isSmall={isSmall}
      explanation={<p>Workers claim from {name} again at once.</p>}
      outcome={(changed) => (changed === 0 ? `Queue ${name} was not paused.` : `Queue ${name} runs again.`)}
    />
  );
}

/** Triggers a schedule, and pauses or resumes it. */
export function ScheduleActions({ schedule: { id, status, queue } }: { readonly schedule: ScheduleRow }): ReactNode {
  return (
    <>
      <Action
        name="schedules.trigger"
        input={{ id }}
        label="Trigger now"
        icon={Zap}
        explanation={
          <p>
            {id} pushes its job to {queue} now, besides its ticks. Its overlap policy applies.
          </p>
        }
        outcome={(changed) => (changed === 0 ? "The overlap policy left it out." : "The job is pushed.")}
      />
      {status === "active" ? (
        <Action
          name="schedules.pause"
          input={{ id }}
          label="Pause schedule"
          icon={Pause}
          explanation={<p>{id} makes no jobs until it is resumed. The ticks in between are dropped.</p>}
          outcome={() => `Schedule ${id} is paused.`}
        />
      ) : null}
      {status === "paused" ? (
        <Action
          name="schedules.resume"
          input={{ id }}
          label="Resume schedule"
          icon={Play}
          explanation={<p>The ticks of {id} go on from now.</p>}
          outcome={() => `Schedule ${id} runs again.`}
        />
      ) : null}
    </>
  );
}

/** Cancels a timer that has not fired. */
export function CancelTimer({ timer: { id, step, executionId, status } }: { readonly timer: TimerRow }): ReactNode {
  if (status === "fired" || status === "canceled") return null;
  return (
    <Action
      name="timers.cancel"
      input={{ id }}
      label="Cancel timer"
      icon={X}
      isDanger
      isSmall
      explanation={
        <p>
          The timer of step {step} in <code>{executionId}</code> will not fire. If nothing else wakes the step, it waits
          for ever.
        </p>
      }
      outcome={(changed) => (changed === 0 ? "The timer had fired already." : "The timer is canceled.")}
    />
  );
}

/** Cancels a wait that still waits. */
export function CancelWait({ wait: { id, key, step, status } }: { readonly wait: WaitRow }): ReactNode {
  if (status !== "waiting") return null;
  return (
    <Action
      name="waits.cancel"
      input={{ id }}
      label="Cancel wait"
      icon={X}
      isDanger
      isSmall
      explanation={
        <p>
          Nothing is delivered to step {step} for <code>{key}</code> any more. If nothing else wakes the step, it waits
          for ever.
        </p>
      }
      outcome={(changed) => (changed === 0 ? "The wait was over already." : "The wait is canceled.")}
    />
  );
}

/** Activates or retires a version of a definition. */
export function DefinitionActions({
  definition: { name, version, status },
}: {
  readonly definition: DefinitionRow;
}): ReactNode {
  return status === "active" ? (
    <Action
      name="definitions.retire"
      input={{ name, version }}
      label="Retire version"
      icon={PowerOff}
      isDanger
      explanation={<p>{`${name} has no active version then. Executions of version ${version} go on.`}</p>}
      outcome={() => `Version ${version} of ${name} is retired.`}
    />
  ) : (
    <Action
      name="definitions.activate"
      input={{ name, version }}
      label="Activate version"
      icon={Power}
      explanation={
        <p>{`New executions of ${name} run version ${version}; the active one is retired. Those under way go on.`}</p>
      }
      outcome={() => `Version ${version} of ${name} is active.`}
    />
  );
}
