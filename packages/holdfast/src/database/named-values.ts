import { copyPlain } from "./fields.ts";
import { checkInteger, checkText } from "./input.ts";

/** The most values of one object, such as labels: all of them are read and written as a whole. */
const namesMax = 1000;

/** The values that a caller gives by names of its own, the names checked. */
export function namedValuesOf(values: object, field: string): readonly (readonly [string, unknown])[] {
  // A property set to undefined is as good as absent, which is what JSON makes of it.
  const entries = Object.entries(copyPlain(values, field)).filter(([, value]) => value !== undefined);
  checkInteger(entries.length, `the number of entries of ${field}`, { min: 0, max: namesMax });
  for (const [name] of entries) checkText(name, `a name in ${field}`);
  return entries;
}
