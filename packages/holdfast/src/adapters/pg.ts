export { shareable } from "./shareable.ts";
