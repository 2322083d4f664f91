// Lines of a table for a terminal: columns as wide as they must be, numbers to the right.

const isNumber = (text: string): boolean => /^[\d.,%-]*$/.test(text);

/**
 * @param head names of the columns; empty for none
 * @param right columns that stand to the right; left out, those whose cells are all numbers
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[], right?: readonly number[]): string[] {
  const all = head.length === 0 ? rows : [head, ...rows];
  const columns = Array.from({ length: Math.max(0, ...all.map((row) => row.length)) }, (_, i) => ({
    width: Math.max(...all.map((row) => (row[i] ?? '').length)),
    isRight: right?.includes(i) ?? rows.every((row) => isNumber(row[i] ?? '')),
  }));
  return all.map((row) =>
    columns
      .map(({ width, isRight }, i) => (isRight ? (row[i] ?? '').padStart(width) : (row[i] ?? '').padEnd(width)))
      .join('  ')
      .trimEnd(),
  );
}
