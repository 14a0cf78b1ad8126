/** Ships an order that is charged once. Ends only in a process that is told to. */
export async function shipping(): Promise<string> {
  "use workflow";
  return ship(await charge());
}

async function charge(): Promise<number> {
  "use step";
  process.stdout.write("charged\n");
  return 42;
}

async function ship(charged: number): Promise<string> {
  "use step";
  process.stdout.write("shipping\n");
  if (process.argv[3] === "hang") await new Promise(() => undefined);
  return `shipped for ${charged}`;
}
