// A node's latency and rate over a range that links choose: medians and their outer ends.
import { html } from 'hono/html';
import { RANGES, type History, type Point, type Profile, type Range } from '../../../schema/api/profile.ts';
import { lineChart, type Chart } from './charts.ts';
import { duration, number, plural, utc } from './format.ts';
import type { Html } from './html.ts';
import { stretch, tops } from './profile-words.ts';

export type HistoryPart = {
  readonly history: History;
  readonly profile: Profile;
  readonly epochSeconds: number;
  /** The page's own path, for the links that choose a range. */
  readonly path: string;
};

const RANGE_WORDS: Readonly<Record<Range, string>> = { '24h': '24 hours', '7d': '7 days', '30d': '30 days', '90d': '90 days' };

const DAY_MS = 86_400_000;

/** Dates where the range is long, times of day where it is short. */
const when = (ms: number, rangeMs: number): string => (rangeMs > 3 * DAY_MS ? utc(ms).slice(0, 10) : utc(ms).slice(5, 16));

function columnWhen({ fromMs, fromEpoch }: Point, stepEpochs: number): string {
  const epochs =
    stepEpochs === 1 ? `epoch ${number(fromEpoch)}` : `epochs ${number(fromEpoch)} to ${number(fromEpoch + stepEpochs - 1)}`;
  return `${utc(fromMs).slice(0, 16)}, ${epochs}`;
}

const legend = (main: string, edge: string, level: string | null): Html =>
  html`<span class="legend"
    ><span><i class="line"></i>${main}</span><span><i class="edge"></i>${edge}</span>${
      level === null ? '' : html`<span><i class="level"></i>${level}</span>`
    }</span
  >`;

const highest = (values: readonly (number | null)[]): number => Math.max(0, ...values.filter((value) => value !== null));
const lowest = (values: readonly (number | null)[]): number => Math.min(...values.filter((value) => value !== null));

type Shared = Pick<Chart, 'ends'>;

function latencyChart({ history }: HistoryPart, shared: Shared): Html | null {
  const { points, stepEpochs } = history;
  const [main, edge] = [points.map(({ latencyMs }) => latencyMs), points.map(({ latencyHighMs }) => latencyHighMs)];
  const words = (point: Point): string =>
    point.latencyMs === null
      ? `${columnWhen(point, stepEpochs)}: no answer measured`
      : `${columnWhen(point, stepEpochs)}: half within ${duration(point.latencyMs)}, 19 of 20 within ${duration(point.latencyHighMs ?? point.latencyMs)}`;
  return lineChart({
    ...shared,
    name: 'Latency',
    label: `Latency: medians between ${duration(lowest(main))} and ${duration(highest(main))}, 19 of 20 answers within ${duration(highest(edge))} at worst.`,
    series: [
      { tone: 'main', values: main },
      { tone: 'edge', values: edge },
    ],
    level: null,
    format: duration,
    columns: points.map((point) => ({ words: words(point) })),
    legend: legend('half of the answers', '19 of 20', null),
  });
}

function rateChart({ history, profile }: HistoryPart, shared: Shared): Html | null {
  const { points, stepEpochs } = history;
  const [main, edge] = [points.map(({ rate }) => rate), points.map(({ rateLow }) => rateLow)];
  const { floor } = profile.evidence;
  const words = (point: Point): string =>
    point.rate === null
      ? `${columnWhen(point, stepEpochs)}: nothing proven`
      : `${columnWhen(point, stepEpochs)}: ≥ ${tops(point.rate)}, lowest ≥ ${tops(point.rateLow ?? point.rate)}`;
  return lineChart({
    ...shared,
    name: 'Proven rate',
    label: `Proven rate: medians between ${tops(lowest(main))} and ${tops(highest(main))}.`,
    series: [
      { tone: 'main', values: main },
      { tone: 'edge', values: edge },
    ],
    level: floor === null ? null : { value: floor, name: 'asked of its class' },
    format: tops,
    columns: points.map((point) => ({ words: words(point) })),
    legend: legend('median', 'lowest', floor === null ? null : 'asked of its class'),
  });
}

function ranges(path: string, chosen: Range): Html {
  return html`<ul class="ranges" aria-label="Range">
    ${RANGES.map(
      (range) =>
        html`<li>
          ${
            range === chosen
              ? html`<a href="${path}?range=${range}#history" aria-current="true">${RANGE_WORDS[range]}</a>`
              : html`<a href="${path}?range=${range}#history">${RANGE_WORDS[range]}</a>`
          }
        </li>`,
    )}
  </ul>`;
}

export function historySection(part: HistoryPart): Html {
  const { history, epochSeconds, path } = part;
  const { points, range, stepEpochs } = history;
  const [first, last] = [points[0], points.at(-1)];
  const rangeMs = first === undefined || last === undefined ? 0 : last.fromMs - first.fromMs;
  const middle = points[Math.floor(points.length / 2)];
  const ends = [first, middle, last].flatMap((point) => (point === undefined ? [] : [when(point.fromMs, rangeMs)]));
  const charts = [latencyChart(part, { ends }), rateChart(part, { ends })].filter((chart) => chart !== null);
  const step = stepEpochs === 1 ? 'an epoch' : `${plural(stepEpochs, 'epoch')}, ${stretch(stepEpochs, epochSeconds)}`;
  return html`<section aria-labelledby="history">
    <h2 id="history">Latency and rate</h2>
    ${ranges(path, range)}
    ${
      charts.length === 0
        ? html`<p class="note">Nothing was measured in this range.</p>`
        : html`<div class="charts">${charts}</div>
            <p class="quiet">
              One point is ${step}, over all validators.
              <a href="/v1/nodes/${history.node.id}/history?range=${range}">The same as JSON</a>
            </p>`
    }
  </section>`;
}
