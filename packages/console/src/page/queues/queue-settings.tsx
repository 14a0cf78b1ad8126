import { useQueryClient } from "@tanstack/react-query";
import { SlidersHorizontal } from "lucide-react";
import { type ReactNode, type SyntheticEvent, useState } from "react";
import type { QueueRow, QueueSettings } from "../../protocol/index.ts";
import { useFacts } from "../actions/facts.ts";
import { act } from "../api/client.ts";
import { Dialog } from "../parts/dialog.tsx";
import { notify } from "../parts/notices.tsx";

const FIELDS = [
  ["concurrency", "Jobs at once"],
  ["concurrencyPerGroup", "Jobs at once in a group"],
  ["rateLimit", "Claims in a period"],
  ["ratePeriodMs", "Period, in ms"],
  ["agingMs", "Aging, in ms"],
  ["timeoutMs", "Time limit, in ms"],
] as const;

type Field = (typeof FIELDS)[number][0];

/** Changes the limits of a queue. */
export function QueueSettingsButton({ queue }: { readonly queue: QueueRow }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  if (!useFacts().allowsActions) return null;
  return (
    <>
      <button type="button" className="button" onClick={() => setOpen(true)}>
        <SlidersHorizontal size={14} aria-hidden="true" /> Change limits
      </button>
      {isOpen ? <SettingsDialog queue={queue} onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function valuesOf({
  concurrency,
  concurrencyPerGroup,
  rate,
  agingMs,
  timeoutMs,
}: QueueRow): Record<Field, number | null> {
  return {
    concurrency,
    concurrencyPerGroup,
    rateLimit: rate?.limit ?? null,
    ratePeriodMs: rate?.periodMs ?? null,
    agingMs,
    timeoutMs,
  };
}

function SettingsDialog({ queue, onClose }: { readonly queue: QueueRow; readonly onClose: () => void }): ReactNode {
  const client = useQueryClient();
  const [problem, setProblem] = useState<string | null>(null);
  const values = valuesOf(queue);
  const save = async (event: SyntheticEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const settings = settingsOf(new FormData(event.currentTarget));
    if (settings === null) return setProblem("Give both the claims and their period, or neither.");
    try {
      await act("queues.configure", { queue: queue.name, settings });
      notify(`Queue ${queue.name} has its new limits.`);
      onClose();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
    await client.invalidateQueries();
  };
  return (
    <Dialog title={`Limits of ${queue.name}`} onClose={onClose}>
      <p className="muted">
        They hold for all processes, for claims from now on. Jobs that run go on. An empty field is no limit.
      </p>
      <form className="stack" onSubmit={(event) => void save(event)}>
        <div className="settings-form">
          {FIELDS.map(([name, words]) => (
            <label key={name}>
              {words}
              <span className="field">
                <input name={name} type="number" min={1} step={1} defaultValue={values[name] ?? ""} />
              </span>
            </label>
          ))}
        </div>
        {problem === null ? null : (
          <p role="alert" className="is-bad">
            {problem}
          </p>
        )}
        <div className="row">
          <button type="submit" className="button primary">
            Set the limits
          </button>
          <button type="button" className="button" onClick={onClose}>
            Keep as it is
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** The settings that a form says; null where half a rate is given. */
function settingsOf(form: FormData): QueueSettings | null {
  const number = (name: Field): number | null => {
    const text = form.get(name);
    return typeof text === "string" && text !== "" ? Number(text) : null;
  };
  const [limit, periodMs] = [number("rateLimit"), number("ratePeriodMs")];
  if ((limit === null) !== (periodMs === null)) return null;
  return {
    concurrency: number("concurrency"),
    concurrencyPerGroup: number("concurrencyPerGroup"),
    rate: limit === null || periodMs === null ? null : { limit, periodMs },
    agingMs: number("agingMs"),
    timeoutMs: number("timeoutMs"),
  };
}
