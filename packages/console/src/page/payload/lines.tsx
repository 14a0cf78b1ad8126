import { type ReactNode, useState } from "react";
import { ScrollerProvider, Space, useRows } from "../parts/scroller.tsx";
import { tokensOf } from "./json-lines.ts";
import "./payload.css";

const LINE_HEIGHT = 19;

/** More lines than these are only drawn while they are in sight. */
const drawnMax = 400;

interface LinesProps<T> {
  readonly label: string;
  readonly lines: readonly T[];
  readonly render: (line: T, index: number) => ReactNode;
}

/** A box of text lines that scrolls by itself. */
export function Lines<T>(props: LinesProps<T>): ReactNode {
  const { label, lines, render } = props;
  const [box, setBox] = useState<HTMLElement | null>(null);
  return (
    // A region that scrolls must be reachable by the keyboard.
    <section className="lines" ref={setBox} tabIndex={0} aria-label={label}>
      {lines.length > drawnMax ? (
        <ScrollerProvider value={box}>
          <LinesInSight {...props} />
        </ScrollerProvider>
      ) : (
        lines.map((line, index) => (
          <div key={index} className="line">
            {render(line, index)}
          </div>
        ))
      )}
    </section>
  );
}

function LinesInSight<T>({ lines, render }: LinesProps<T>): ReactNode {
  const { virtualizer, listRef, offset } = useRows({ count: lines.length, rowHeight: LINE_HEIGHT, overscan: 30 });
  return (
    <div ref={listRef}>
      <Space height={virtualizer.getTotalSize()}>
        {virtualizer.getVirtualItems().map(({ index, start, key }) => {
          const line = lines[index];
          return line === undefined ? null : (
            <div key={key} className="line placed" style={{ transform: `translateY(${start - offset}px)` }}>
              {render(line, index)}
            </div>
          );
        })}
      </Space>
    </div>
  );
}

interface CodeProps {
  readonly text: string;
}

/** The longest line with colours: one as long as a book would be thousands of elements. */
const colouredMax = 5000;

/** A line of JSON in the colours of its pieces. It is text, whatever it holds. */
export function Code({ text }: CodeProps): ReactNode {
  if (text.length > colouredMax) return <code>{text}</code>;
  return (
    <code>
      {tokensOf(text).map(({ kind, text: piece }, place) => (
        <span key={place} className={`json-${kind}`}>
          {piece}
        </span>
      ))}
    </code>
  );
}
