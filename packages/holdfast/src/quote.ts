/** How much of a caller's value a message shows, in characters: enough to know it by. */
const shownMax = 60;

/** How much of the name of a field is shown: paths through objects, whose names are the caller's, are longer than values. */
export const fieldCharsMax = 300;

/** A caller's text as messages show it: cut where it is long, so that no message holds a whole value. */
export function shorten(text: string, max: number = shownMax): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}

/** The same in quotes, with what cannot be seen escaped. */
export function quote(text: string): string {
  return JSON.stringify(shorten(text));
}
