import { createContext, useContext } from "react";
import type { ConsoleFacts } from "../../protocol/index.ts";

const Facts = createContext<ConsoleFacts | null>(null);

/** Gives the pages the facts about the console. */
export const FactsProvider: typeof Facts.Provider = Facts.Provider;

/** The facts about the console and its store. */
export function useFacts(): ConsoleFacts {
  const facts = useContext(Facts);
  if (facts === null) throw new TypeError("The page is shown outside of a console.");
  return facts;
}
