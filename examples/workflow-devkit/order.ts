let attempts = 0;

/** Charges and ships an order. */
export async function order(id: string): Promise<string> {
  "use workflow";
  const charged = await charge(id);
  return ship(id, charged);
}

async function charge(id: string): Promise<number> {
  "use step";
  console.log(`charging order ${id}`);
  return 42;
}

async function ship(id: string, charged: number): Promise<string> {
  "use step";
  attempts += 1;
  console.log(`shipping order ${id}, attempt ${attempts}`);
  if (attempts === 1) throw new Error("The van has broken down.");
  return `shipped for ${charged}`;
}
