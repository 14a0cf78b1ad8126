/** How much of a caller's value a message shows, in characters: enough to know it by. */
const shownMax = 60;

/** A caller's text as messages show it: cut where it is long, so that no message holds a whole value. */
export function shorten(text: string): string {
  return text.length <= shownMax ? text : `${text.slice(0, shownMax - 1)}…`;
}

/** The same in quotes, with what cannot be seen escaped. */
export function quote(text: string): string {
  return JSON.stringify(shorten(text));
}
