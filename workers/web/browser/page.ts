// Small comforts on pages that are whole without them: copy buttons beside commands, and values under the pointer in charts.
import { hovers } from './chart.ts';
import { copies } from './copy.ts';

document.querySelectorAll<HTMLElement>('[data-copy]').forEach(copies);
document.querySelectorAll<HTMLElement>('figure.chart').forEach(hovers);
