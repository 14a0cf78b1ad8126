export type { Order, Page, PageRequest } from "../core/input.ts";
