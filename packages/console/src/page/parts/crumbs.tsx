import type { ReactNode } from "react";
import { Link } from "wouter";
import "./crumbs.css";

interface CrumbsProps {
  /** Words and the addresses that they lead to, from the outermost. */
  readonly links: readonly (readonly [string, string])[];
}

/** The pages above this one. */
export function Crumbs({ links }: CrumbsProps): ReactNode {
  return (
    <ol className="crumbs" aria-label="Above this page">
      {links.map(([words, href]) => (
        <li key={href}>
          <Link href={href}>{words}</Link>
        </li>
      ))}
    </ol>
  );
}
