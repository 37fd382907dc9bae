// The catalogue: attacks 1 to 73, each of which is made by one attack here or shown by one test elsewhere.
export const ATTACKS = 73;

/** What is wrong with a list of the numbers that are covered; nothing, if each is there once. */
export function wrongWith(numbers) {
  const times = new Map();
  for (const number of numbers) times.set(number, (times.get(number) ?? 0) + 1);
  const missing = Array.from({ length: ATTACKS }, (_, at) => at + 1).filter((number) => !times.has(number));
  const twice = [...times].filter(([, count]) => count > 1).map(([number]) => number);
  const foreign = [...times.keys()].filter((number) => !Number.isInteger(number) || number < 1 || number > ATTACKS);
  return [
    ...missing.map((number) => `nothing covers attack ${number} of the catalogue`),
    ...twice.map((number) => `attack ${number} is covered ${times.get(number)} times`),
    ...foreign.map((number) => `the catalogue has no attack ${number}`),
  ];
}
