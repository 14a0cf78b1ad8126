import { Handle, type Node, type NodeProps, Position } from "@xyflow/react";
import {
  Clock,
  ExternalLink,
  Footprints,
  Hourglass,
  ListTree,
  type LucideIcon,
  Minus,
  Plus,
  Square,
  Workflow,
} from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { pageHref } from "../../api/base.ts";
import { formatCount } from "../../parts/format.ts";
import { Status, StatusBar } from "../../parts/status.tsx";
import { Duration } from "../../parts/time.tsx";
import type { Box } from "./model.ts";

/** What can be done with a box, and how it is drawn. */
export interface BoxActions {
  readonly isExpanded: boolean;
  readonly isNarrow: boolean;
  readonly onTask: (id: string) => void;
  readonly onToggle: (id: string) => void;
  readonly onExpand: (executionId: string) => void;
}

/** What a box is drawn from. */
export interface BoxData extends BoxActions, Record<string, unknown> {
  readonly box: Box;
}

type BoxProps = NodeProps<Node<BoxData>>;

const KINDS: Readonly<Record<Box["kind"], readonly [LucideIcon, string]>> = {
  step: [Footprints, "Step"],
  task: [Square, "Task"],
  job: [ListTree, "Job"],
  wait: [Hourglass, "Wait"],
  timer: [Clock, "Timer"],
  execution: [Workflow, "Child execution"],
};

function Leaf({ data }: BoxProps): ReactNode {
  const { box } = data;
  return (
    <div className={`box tone-${box.status ?? "pending"} box-${box.status ?? "ahead"}`}>
      <Ends isNarrow={data.isNarrow} />
      <div className="box-head">
        <Sign box={box} />
        <Name data={data} />
        <Toggles data={data} />
      </div>
      <Progress box={box} />
    </div>
  );
}

function Container({ data }: BoxProps): ReactNode {
  const { box } = data;
  return (
    <div className={`box container tone-${box.status ?? "pending"}`}>
      <Ends isNarrow={data.isNarrow} />
      <div className="box-head">
        <Sign box={box} />
        <Name data={data} />
        <Progress box={box} />
        <Toggles data={data} />
      </div>
    </div>
  );
}

function Ends({ isNarrow }: { readonly isNarrow: boolean }): ReactNode {
  return (
    <>
      <Handle type="target" position={isNarrow ? Position.Top : Position.Left} isConnectable={false} />
      <Handle type="source" position={isNarrow ? Position.Bottom : Position.Right} isConnectable={false} />
    </>
  );
}

function Sign({ box }: { readonly box: Box }): ReactNode {
  const [Icon, word] = KINDS[box.kind];
  if (box.status !== null) return <Status status={box.status} bare />;
  return <Icon size={14} aria-label={word} className="faint" />;
}

function Name({ data: { box, onTask } }: { readonly data: BoxData }): ReactNode {
  const { kind, label, ref } = box;
  const name = <span className="truncate">{label}</span>;
  if (ref === null) {
    return (
      <span className="box-name" title={label}>
        {name}
      </span>
    );
  }
  if (kind === "task") {
    return (
      <button type="button" className="link box-name nodrag" title={label} onClick={() => onTask(ref)}>
        {name}
      </button>
    );
  }
  if (kind === "job") {
    return (
      <Link className="box-name nodrag" title={label} href={pageHref("job", { id: ref })}>
        {name}
      </Link>
    );
  }
  if (kind === "execution") {
    return (
      <Link className="box-name nodrag" title={label} href={pageHref("execution", { id: ref, tab: "graph" })}>
        {name} <ExternalLink size={11} aria-hidden="true" />
      </Link>
    );
  }
  return (
    <span className="box-name" title={label}>
      {name}
    </span>
  );
}

function Toggles({ data: { box, isExpanded, onToggle, onExpand } }: { readonly data: BoxData }): ReactNode {
  const { id, kind, ref, isContainer, children, label } = box;
  if (kind === "execution" && ref !== null) {
    return <Toggle isOpen={isExpanded} label={label} onClick={() => onExpand(ref)} />;
  }
  return isContainer ? <Toggle isOpen={children.length > 0} label={label} onClick={() => onToggle(id)} /> : null;
}

function Toggle({
  isOpen,
  label,
  onClick,
}: {
  readonly isOpen: boolean;
  readonly label: string;
  readonly onClick: () => void;
}): ReactNode {
  return (
    <button
      type="button"
      className="button quiet icon toggle nodrag"
      aria-expanded={isOpen}
      aria-label={`${isOpen ? "Close" : "Open"} ${label}`}
      onClick={onClick}
    >
      {isOpen ? <Minus size={13} aria-hidden="true" /> : <Plus size={13} aria-hidden="true" />}
    </button>
  );
}

function Progress({ box }: { readonly box: Box }): ReactNode {
  const { total, counts, startedAt, finishedAt, kind } = box;
  if (total > 1) {
    const ended = counts.succeeded + counts.failed + counts.timed_out + counts.canceled;
    return (
      <div className="box-progress">
        <StatusBar label={box.label} counts={counts} />
        <span>
          {formatCount(ended)} / {formatCount(total)}
        </span>
      </div>
    );
  }
  if (startedAt === null) {
    return <div className="box-progress muted">{total === 0 ? "not begun" : KINDS[kind][1].toLowerCase()}</div>;
  }
  return (
    <div className="box-progress">
      <Duration from={startedAt} to={finishedAt} />
    </div>
  );
}

/** The kinds of boxes, for the canvas. */
export const boxTypes: { readonly leaf: typeof Leaf; readonly container: typeof Container } = {
  leaf: Leaf,
  container: Container,
};
