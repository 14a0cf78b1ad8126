import { CircleCheck, CircleX, X } from "lucide-react";
import { type ReactNode, useSyncExternalStore } from "react";
import "./notices.css";

/** What became of something that the reader did. */
export interface Notice {
  readonly id: number;
  readonly isError: boolean;
  readonly text: string;
}

let notices: readonly Notice[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

function change(next: readonly Notice[]): void {
  notices = next;
  for (const listener of listeners) listener();
}

/** Tells the reader an outcome. A good one goes away after a while, a bad one when it is closed. */
export function notify(text: string, isError = false): void {
  lastId += 1;
  const id = lastId;
  change([...notices.slice(-3), { id, isError, text }]);
  if (!isError) setTimeout(() => dismiss(id), 8000);
}

function dismiss(id: number): void {
  change(notices.filter((notice) => notice.id !== id));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The outcomes that the reader was told, announced as they come. */
export function Notices(): ReactNode {
  const shown = useSyncExternalStore(subscribe, () => notices);
  return (
    <div className="notices" role="status" aria-live="polite">
      {shown.map(({ id, isError, text }) => (
        <div key={id} className={isError ? "notice tone-failed" : "notice tone-succeeded"}>
          {isError ? <CircleX size={16} aria-hidden="true" /> : <CircleCheck size={16} aria-hidden="true" />}
          <span>{text}</span>
          <button type="button" className="button quiet icon" aria-label="Dismiss" onClick={() => dismiss(id)}>
            <X size={14} aria-hidden="true" />
          </button>
        </div>
      ))}
    </div>
  );
}
