// A reader of the OpenMetrics text format by its grammar (OpenMetrics 1.0.0): refuses what a scraper may refuse. Families in one piece,
// metadata before samples, suffixes by type, units at the end of names, no sample twice, nothing behind `# EOF`.

export type ReadFamily = {
  readonly name: string;
  type: string;
  unit: string | null;
  help: string | null;
  readonly samples: { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
};

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*';
const ESCAPED = '(?:[^"\\\\\\n]|\\\\[\\\\"n])*';
const NUMBER = '[+-]?(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:[eE][+-]?\\d+)?|[+-]Inf|NaN';
const META = new RegExp(`^# (TYPE|UNIT|HELP) (${NAME}) (.*)$`);
const SAMPLE = new RegExp(`^(${NAME})(?:\\{((?:${LABEL}="${ESCAPED}")(?:,${LABEL}="${ESCAPED}")*)?\\})? (${NUMBER})$`);
const PAIR = new RegExp(`(${LABEL})="(${ESCAPED})"`, 'g');
const HELP = /^(?:[^\\\n]|\\[\\"n])*$/;

/** What a family's samples may be called, by type. */
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  ...{ gauge: [''], unknown: [''], counter: ['_total', '_created'], info: ['_info'], stateset: [''] },
};

function labelsOf(text: string | undefined): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, name = '', value = ''] of (text ?? '').matchAll(PAIR)) {
    if (name in labels) throw new Error(`label ${name} is there twice`);
    labels[name] = value.replace(/\\([\\"n])/g, (_all, char: string) => (char === 'n' ? '\n' : char));
  }
  return labels;
}

function addMeta(family: ReadFamily, kind: string, text: string): void {
  if (family.samples.length > 0) throw new Error(`# ${kind} of ${family.name} comes after its samples`);
  if (kind === 'TYPE') {
    if (family.type !== '') throw new Error(`${family.name} has two types`);
    if (!(text in SUFFIXES)) throw new Error(`there is no type ${text}`);
    family.type = text;
  } else if (kind === 'UNIT') {
    if (family.unit !== null || !family.name.endsWith(`_${text}`))
      throw new Error(`${family.name} does not end with its one unit ${text}`);
    family.unit = text;
  } else {
    if (family.help !== null || !HELP.test(text)) throw new Error(`the help of ${family.name} is not one escaped line`);
    family.help = text;
  }
}

function addSample(family: ReadFamily | undefined, line: string, seen: Set<string>): void {
  const found = SAMPLE.exec(line);
  if (found === null) throw new Error(`not a sample: ${line}`);
  const [, name = '', labelText, number = ''] = found;
  const suffixes = SUFFIXES[family?.type ?? ''] ?? [];
  if (family === undefined || !suffixes.some((suffix) => name === family.name + suffix)) {
    throw new Error(`${name} is not of the family ${family?.name ?? '(none)'}`);
  }
  const labels = labelsOf(labelText);
  const key = JSON.stringify([name, Object.entries(labels).sort()]);
  if (seen.has(key)) throw new Error(`the sample is there twice: ${line}`);
  seen.add(key);
  const value = Number(number);
  if (family.type === 'info' && value !== 1) throw new Error(`${name} is an info and not 1`);
  family.samples.push({ name, labels, value });
}

/** @throws Error that says what the format forbids */
export function readOpenMetrics(text: string): ReadFamily[] {
  if (!text.endsWith('# EOF\n')) throw new Error('the text does not end with # EOF and a line feed');
  const families: ReadFamily[] = [];
  const seen = new Set<string>();
  for (const line of text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)) {
    const meta = META.exec(line);
    if (meta === null) {
      addSample(families.at(-1), line, seen);
      continue;
    }
    const [, kind = '', name = '', rest = ''] = meta;
    if (families.at(-1)?.name !== name) {
      if (families.some((family) => family.name === name)) throw new Error(`the family ${name} is in two pieces`);
      families.push({ name, type: '', unit: null, help: null, samples: [] });
    }
    const family = families.at(-1);
    if (family !== undefined) addMeta(family, kind, rest);
  }
  return families;
}
