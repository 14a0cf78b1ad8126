import { useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { createContext, type ReactNode, type RefObject, useContext, useLayoutEffect, useRef, useState } from "react";

const Scroller = createContext<HTMLElement | null>(null);

/** Makes an element the one that scrolls; long lists inside of it draw only the rows in sight. */
export const ScrollerProvider: typeof Scroller.Provider = Scroller.Provider;

interface RowsRequest {
  readonly count: number;
  readonly rowHeight: number;
  readonly overscan?: number;
}

/** The rows in sight of a long list, and the list's own element. */
export interface Rows {
  readonly virtualizer: Virtualizer<HTMLElement, Element>;
  readonly listRef: RefObject<HTMLDivElement | null>;
  /** The distance from the top of what scrolls to the top of the list. */
  readonly offset: number;
}

/** Watches which rows of a list are in sight. */
export function useRows({ count, rowHeight, overscan = 12 }: RowsRequest): Rows {
  const scroller = useContext(Scroller);
  const listRef = useRef<HTMLDivElement>(null);
  const [offset, setOffset] = useState(0);
  useLayoutEffect(() => {
    const list = listRef.current;
    if (list === null || scroller === null) return;
    const top = list.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop;
    if (Math.abs(top - offset) > 1) setOffset(top);
  });
  const virtualizer = useVirtualizer<HTMLElement, Element>({
    count,
    overscan,
    scrollMargin: offset,
    // The sticky head covers the first rows below the top.
    scrollPaddingStart: 44,
    scrollPaddingEnd: 12,
    estimateSize: () => rowHeight,
    getScrollElement: () => scroller,
  });
  return { virtualizer, listRef, offset };
}

/** Whether a media query holds, as it changes. */
export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useLayoutEffect(() => {
    const list = matchMedia(query);
    const update = (): void => setMatches(list.matches);
    update();
    list.addEventListener("change", update);
    return () => list.removeEventListener("change", update);
  }, [query]);
  return matches;
}

/** The width from which tables have all their columns. */
export const NARROW = "(width <= 720px)";

interface SpaceProps {
  readonly height: number;
  readonly children: ReactNode;
}

/** Room as high as all rows together, in which those in sight are placed. */
export function Space({ height, children }: SpaceProps): ReactNode {
  return (
    <div role="presentation" className="space" style={{ height }}>
      {children}
    </div>
  );
}
