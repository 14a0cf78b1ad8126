import { Monitor, Moon, Sun } from "lucide-react";
import { type ReactNode, useState } from "react";

type Theme = "auto" | "light" | "dark";

const KEY = "holdfast-theme";
const NEXT = { auto: "light", light: "dark", dark: "auto" } as const;
const ICONS = { auto: Monitor, light: Sun, dark: Moon } as const;
const WORDS = { auto: "as the system", light: "light", dark: "dark" } as const;

function stored(): Theme {
  const text = localStorage.getItem(KEY);
  return text === "light" || text === "dark" ? text : "auto";
}

/** Shows the page in the colours that the reader chose earlier; in those of the system by default. */
export function applyTheme(theme: Theme = stored()): void {
  const root = document.documentElement;
  if (theme === "auto") delete root.dataset["theme"];
  else root.dataset["theme"] = theme;
  dispatchEvent(new Event("themechange"));
}

/** Goes on to the next of system, light and dark. */
export function ThemeButton(): ReactNode {
  const [theme, setTheme] = useState(stored);
  const Icon = ICONS[theme];
  const change = (): void => {
    const next = NEXT[theme];
    localStorage.setItem(KEY, next);
    applyTheme(next);
    setTheme(next);
  };
  const label = `Colours: ${WORDS[theme]}. Change to ${WORDS[NEXT[theme]]}.`;
  return (
    <button type="button" className="button quiet icon" aria-label={label} title={label} onClick={change}>
      <Icon size={16} aria-hidden="true" />
    </button>
  );
}
