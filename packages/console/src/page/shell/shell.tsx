import { Menu, PanelLeftClose } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { Link, useLocation } from "wouter";
import type { ConsoleFacts } from "../../protocol/index.ts";
import { useLiveState } from "../api/live.ts";
import { Notices } from "../parts/notices.tsx";
import { ScrollerProvider } from "../parts/scroller.tsx";
import { Keyboard } from "./keyboard.tsx";
import { pageGroups } from "./pages.ts";
import { ThemeButton } from "./theme.tsx";
import "./shell.css";

interface ShellProps {
  readonly facts: ConsoleFacts;
  readonly children: ReactNode;
}

/** What surrounds every page: the navigation, and the main part, which scrolls. */
export function Shell({ facts, children }: ShellProps): ReactNode {
  const [main, setMain] = useState<HTMLElement | null>(null);
  const [isMenu, setMenu] = useState(false);
  const [path] = useLocation();
  useEffect(() => {
    setMenu(false);
    main?.scrollTo(0, 0);
  }, [path, main]);
  return (
    <div className={isMenu ? "shell menu-open" : "shell"}>
      <button type="button" className="skip" onClick={() => main?.focus()}>
        Skip to the content
      </button>
      <header className="top">
        <button
          type="button"
          className="button quiet icon"
          aria-expanded={isMenu}
          aria-controls="nav"
          aria-label="Menu"
          onClick={() => setMenu(!isMenu)}
        >
          {isMenu ? <PanelLeftClose size={18} aria-hidden="true" /> : <Menu size={18} aria-hidden="true" />}
        </button>
        <Brand facts={facts} />
        <LiveSign />
      </header>
      <nav className="nav" id="nav" aria-label="Pages">
        <Brand facts={facts} />
        <Navigation path={path} />
        <div className="nav-foot">
          <LiveSign />
          <ThemeButton />
        </div>
      </nav>
      {isMenu ? <div className="menu-scrim" aria-hidden="true" onClick={() => setMenu(false)} /> : null}
      <main className="main" id="main" ref={setMain} tabIndex={0}>
        <ScrollerProvider value={main}>{children}</ScrollerProvider>
      </main>
      <Notices />
      <Keyboard />
    </div>
  );
}

function Brand({ facts: { title, location, schema } }: { readonly facts: ConsoleFacts }): ReactNode {
  return (
    <Link href="/" className="brand" title={`${location}, schema ${schema}`}>
      <img src="./icon.svg" alt="" width={22} height={22} />
      <span className="truncate">{title ?? "Holdfast"}</span>
    </Link>
  );
}

function Navigation({ path }: { readonly path: string }): ReactNode {
  const here = path.slice(1).replace(/^(execution|queue|job|schedule|definition|snapshot)$/, "$1s");
  return pageGroups.map(({ name, pages }) => (
    <section key={name} aria-labelledby={`nav-${name}`}>
      <h2 id={`nav-${name}`}>{name}</h2>
      <ul>
        {pages.map(({ path: to, name: label, icon: Icon }) => (
          <li key={to}>
            <Link href={`/${to}`} aria-current={here === to ? "page" : undefined}>
              <Icon size={16} strokeWidth={1.8} aria-hidden="true" />
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </section>
  ));
}

const LIVE_WORDS = { connecting: "Connecting", live: "Live", reconnecting: "Reconnecting" } as const;

/** Whether what is shown follows the store. */
function LiveSign(): ReactNode {
  const state = useLiveState();
  // Nothing on this page changes by itself.
  if (state === "idle") return null;
  return (
    <span className={`live live-${state}`} role="status">
      <span className="live-dot" aria-hidden="true" />
      {LIVE_WORDS[state]}
    </span>
  );
}
