import type { ReactNode } from "react";

interface FactsProps {
  readonly facts: readonly (readonly [string, ReactNode])[];
}

/** Names and values. */
export function Facts({ facts }: FactsProps): ReactNode {
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface PanelProps {
  readonly title: string;
  readonly children: ReactNode;
  /** What stands at the right of the title. */
  readonly end?: ReactNode;
}

/** A titled part of a page. */
export function Panel({ title, children, end }: PanelProps): ReactNode {
  return (
    <section className="panel" aria-label={title}>
      <header>
        <h2>{title}</h2>
        {end === undefined ? null : <span className="end row">{end}</span>}
      </header>
      <div className="body">{children}</div>
    </section>
  );
}
