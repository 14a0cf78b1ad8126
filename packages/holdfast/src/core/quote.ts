/** How many characters of a caller's value a message shows: enough to recognize it. */
const shownMax = 60;

/** How much of a field's name is shown. Paths through objects have names that the caller chose, and are longer than values. */
export const fieldCharsMax = 300;

/** Shortens a caller's text for messages, so that no message holds a whole value. */
export function shorten(text: string, max: number = shownMax): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}

/** The same in quotes, with invisible characters escaped. */
export function quote(text: string): string {
  return JSON.stringify(shorten(text));
}
