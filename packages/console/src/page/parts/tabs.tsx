import type { ReactNode } from "react";
import { Link } from "wouter";
import "./tabs.css";

/** A part of a page that has an address of its own. */
export interface Tab {
  readonly id: string;
  readonly name: string;
  readonly count?: number | undefined;
}

interface TabsProps {
  readonly label: string;
  readonly tabs: readonly Tab[];
  readonly current: string;
  readonly hrefOf: (id: string) => string;
}

/** Links to the parts of a page. */
export function Tabs({ label, tabs, current, hrefOf }: TabsProps): ReactNode {
  return (
    <nav className="tabs" aria-label={label}>
      {tabs.map(({ id, name, count }) => (
        <Link key={id} href={hrefOf(id)} replace aria-current={id === current ? "page" : undefined}>
          {name}
          {count === undefined || count === 0 ? null : <span className="tab-count">{count.toLocaleString("en")}</span>}
        </Link>
      ))}
    </nav>
  );
}
