// A plugin of TypeDoc: a module has the name by which programs import it, and not that of its file.
import { Converter, ReflectionKind } from "typedoc";
import { entries } from "./typedoc.js";

/** @param {import("typedoc").Application} app */
export function load(app) {
  const specifiers = new Map([...entries].map(([specifier, file]) => [file, specifier]));
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    if (!reflection.kindOf(ReflectionKind.Module)) return;
    const file = context.getSymbolFromReflection(reflection)?.declarations?.[0]?.getSourceFile().fileName;
    reflection.name = specifiers.get(file) ?? reflection.name;
  });
}
