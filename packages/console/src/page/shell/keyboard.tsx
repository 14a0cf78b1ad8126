import { type ReactNode, useEffect, useState } from "react";
import { useLocation } from "wouter";
import { Dialog } from "../parts/dialog.tsx";
import { pages } from "./pages.ts";

/** How long after g the next letter still says where to go. */
const chordMs = 1200;

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** The keys of the whole page: g and a letter, /, ?, and j or k to enter the list. */
export function Keyboard(): ReactNode {
  const [isHelp, setHelp] = useState(false);
  const [, navigate] = useLocation();
  useEffect(() => {
    let chordAt = Number.NEGATIVE_INFINITY;
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector("dialog[open]") !== null) return;
      const goal = event.timeStamp - chordAt < chordMs ? pages.find(({ key }) => key === event.key) : undefined;
      chordAt = event.key === "g" ? event.timeStamp : Number.NEGATIVE_INFINITY;
      if (goal !== undefined) navigate(`/${goal.path}`);
      else if (event.key === "?") setHelp(true);
      else if (event.key === "/") focusFirst("[data-filter]");
      else if (event.key === "j" || event.key === "k") {
        focusFirst("[data-walkable] [data-index] [tabindex='0'], [data-walkable] [tabindex='0']");
      } else return;
      event.preventDefault();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [navigate]);
  return isHelp ? <Help onClose={() => setHelp(false)} /> : null;
}

function focusFirst(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.focus();
}

const KEYS: readonly (readonly [string, string])[] = [
  ["/", "Go to the filter"],
  ["j ↓", "Next row"],
  ["k ↑", "Previous row"],
  ["Enter", "Open the row"],
  ["→ ←", "Open and close a task of the tree"],
  ["Esc", "Close a dialog or a side panel"],
  ["?", "This help"],
];

/** The keys, in a dialog. */
function Help({ onClose }: { readonly onClose: () => void }): ReactNode {
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <dl className="keys">
        {[...KEYS, ...pages.map(({ key, name }) => [`g ${key}`, name] as const)].map(([keys, what]) => (
          <div key={keys}>
            <dt>
              {keys.split(" ").map((key) => (
                <kbd key={key} className="kbd">
                  {key}
                </kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
