// The table at the end of a run: plain text, aligned, medians with their range.
import { cpus } from 'node:os';
import process from 'node:process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Line, Section, Spread } from './measure.ts';

const HEADINGS = ['measure', 'median (min–max)', 'beside it', 'median (min–max)', 'ratio', 'aim', ''];

/** Three significant digits, thousands grouped; exact counts stay exact. */
function digits(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString('en-US');
  return size >= 10 ? value.toFixed(1) : size >= 0.1 || size === 0 ? value.toFixed(2) : value.toPrecision(2);
}

function figureText({ median, min, max, runs }: Spread, unit: string): string {
  const range = runs > 1 ? ` (${digits(min)}–${digits(max)})` : '';
  return `${digits(median)}${range} ${unit}`;
}

function cellsOf({ what, unit, figure, beside, ratio, aim }: Line): string[] {
  return [
    what,
    figureText(figure, unit),
    beside?.what ?? '',
    beside === null ? '' : figureText(beside.figure, unit),
    ratio === null ? '' : `${digits(ratio)}×`,
    aim?.text ?? '',
    aim === null ? '' : aim.met ? 'met' : 'MISSED',
  ];
}

export function tableText(sections: readonly Section[]): string {
  const rows = sections.map(({ lines }) => lines.map(cellsOf));
  const widths = HEADINGS.map((heading, i) => Math.max(heading.length, ...rows.flat().map((cells) => (cells[i] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  const rule = '─'.repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  const parts = sections.map(({ title, notes }, i) =>
    [title, ...(rows[i] ?? []).map(line), ...notes.map((note) => `  · ${note}`)].join('\n'),
  );
  return [line(HEADINGS), rule, parts.join('\n\n')].join('\n');
}

function versionOf(name: string): string {
  const manifest = join(import.meta.dirname, '..', 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

export type Machine = { readonly cpu: string; readonly cores: number; readonly node: string; readonly workerd: string };

export function machine(): Machine {
  const [first] = cpus();
  return {
    cpu: first?.model.trim() ?? 'unknown CPU',
    cores: cpus().length,
    node: process.versions.node,
    workerd: versionOf('workerd'),
  };
}

export function machineText({ cpu, cores, node, workerd }: Machine): string {
  return `${cpu}, ${String(cores)} cores; Node ${node}, workerd ${workerd}`;
}
