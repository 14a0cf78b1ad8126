/** The path below which the console is mounted, without a slash at its end. */
export const mountPath: string = new URL(document.baseURI).pathname.replace(/\/$/, "");

type Parameter = string | number | boolean | readonly (string | number)[] | null | undefined;

/** The query of parameters: repeated for several values, without those that are missing. */
export function queryOf(parameters: object): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters) as [string, Parameter][]) {
    if (value === undefined || value === null || value === "") continue;
    for (const each of Array.isArray(value) ? value : [value]) query.append(name, String(each));
  }
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}

/** The path of one of the console's pages, for links. */
export function pageHref(page: string, parameters: object = {}): string {
  return `/${page}${queryOf(parameters)}`;
}
