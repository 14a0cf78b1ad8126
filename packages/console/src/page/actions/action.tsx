import { useQueryClient } from "@tanstack/react-query";
import type { LucideIcon } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { ActionName, ActionOutcome, Actions } from "../../protocol/index.ts";
import { act } from "../api/client.ts";
import { Dialog } from "../parts/dialog.tsx";
import { notify } from "../parts/notices.tsx";
import { useFacts } from "./facts.ts";

/** Something that the reader can do. */
export interface ActionProps<N extends ActionName> {
  readonly name: N;
  readonly input: Actions[N];
  /** The words on the button, and on the one that confirms. */
  readonly label: string;
  readonly icon: LucideIcon;
  readonly isDanger?: boolean;
  /** Only its icon; the label is its name. */
  readonly isSmall?: boolean;
  /** What will happen. */
  readonly explanation: ReactNode;
  /** What has happened, by the number of things that changed. */
  readonly outcome: (changed: number) => string;
}

/** A button that asks before it acts, and tells the outcome. Nothing where the console allows no actions. */
export function Action<N extends ActionName>(props: ActionProps<N>): ReactNode {
  const { label, icon: Icon, isDanger = false, isSmall = false } = props;
  const [isAsking, setAsking] = useState(false);
  if (!useFacts().allowsActions) return null;
  const look = `button${isDanger ? " danger" : ""}${isSmall ? " quiet icon" : ""}`;
  return (
    <>
      <button
        type="button"
        className={look}
        aria-label={isSmall ? label : undefined}
        title={isSmall ? label : undefined}
        onClick={() => setAsking(true)}
      >
        <Icon size={14} aria-hidden="true" /> {isSmall ? null : label}
      </button>
      {isAsking ? <Confirmation {...props} onClose={() => setAsking(false)} /> : null}
    </>
  );
}

function Confirmation<N extends ActionName>(props: ActionProps<N> & { readonly onClose: () => void }): ReactNode {
  const { name, input, label, isDanger = false, explanation, outcome, onClose } = props;
  const client = useQueryClient();
  const [running, setRunning] = useState<number | null>(null);
  const run = async (): Promise<void> => {
    setRunning(0);
    try {
      notify(outcome(await perform(name, input, setRunning)));
      onClose();
    } catch (error) {
      setRunning(null);
      notify(error instanceof Error ? error.message : String(error), true);
      onClose();
    }
    await client.invalidateQueries();
  };
  return (
    <Dialog
      title={label}
      onClose={onClose}
      actions={
        <>
          <button type="button" className="button" onClick={onClose}>
            Keep as it is
          </button>
          <button
            type="button"
            className={isDanger ? "button danger" : "button primary"}
            disabled={running !== null}
            onClick={() => void run()}
          >
            {running === null ? label : progressWords(running)}
          </button>
        </>
      }
    >
      {explanation}
    </Dialog>
  );
}

function progressWords(changed: number): string {
  return changed === 0 ? "Working…" : `${changed.toLocaleString("en")} so far…`;
}

/** Repeats an action on many things until nothing is left of them. Returns how many changed. */
async function perform<N extends ActionName>(
  name: N,
  input: Actions[N],
  onProgress: (changed: number) => void,
): Promise<number> {
  let changed = 0;
  let outcome: ActionOutcome = await act(name, input);
  for (;;) {
    changed += outcome.changed;
    onProgress(changed);
    if (outcome.next === null) return changed;
    outcome = await act(name, { ...input, after: outcome.next });
  }
}
