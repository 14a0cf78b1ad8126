import { useEffect } from "react";
import { useFacts } from "../actions/facts.ts";

/** Names the page in the browser's tab and history. */
export function useTitle(title: string): void {
  const { title: store } = useFacts();
  useEffect(() => {
    document.title = `${title} · ${store ?? "Holdfast"}`;
  }, [title, store]);
}
