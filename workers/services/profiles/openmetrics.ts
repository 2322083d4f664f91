// The OpenMetrics text format, version 1.0.0: families of samples, each family in one piece, `# EOF` at the end. What comes out is checked
// against the format's grammar in test/unit/profiles.

export const OPENMETRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

export type Labels = Readonly<Record<string, string>>;
export type Sample = { readonly labels?: Labels; readonly value: number };
export type Family = {
  /** With its unit at the end, if it has one; `info` families without their suffix. */
  readonly name: string;
  readonly type: 'gauge' | 'info';
  readonly unit?: string;
  readonly help: string;
  readonly samples: readonly Sample[];
};

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function familyText({ name, type, unit, help, samples }: Family): string {
  const suffix = type === 'info' ? '_info' : '';
  const head = [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${escaped(help)}`,
  ];
  const lines = samples.map(({ labels = {}, value }) => `${name}${suffix}${labelText(labels)} ${String(value)}`);
  return [...head, ...lines].join('\n');
}

/** Families without samples are left out. */
export function openMetrics(families: readonly Family[]): string {
  const told = families.filter(({ samples }) => samples.length > 0).map(familyText);
  return [...told, '# EOF', ''].join('\n');
}

/** One sample without labels; none where the value is not known. */
export function gauge(name: string, help: string, value: number | null, unit?: string): Family {
  const samples = value === null ? [] : [{ value }];
  return { name, type: 'gauge', help, samples, ...(unit === undefined ? {} : { unit }) };
}
