// Values under the pointer, or under the arrow keys, in a chart: the same texts that each column's title holds.

/** The columns of a chart are rectangles in order, each with its words in a `title`. */
export function hovers(figure: HTMLElement): void {
  const svg = figure.querySelector('svg');
  const readout = figure.querySelector<HTMLElement>('.readout');
  const columns = [...figure.querySelectorAll<SVGRectElement>('rect.hit')];
  if (svg === null || readout === null || columns.length === 0) return;
  const words = columns.map((column) => column.querySelector('title')?.textContent ?? '');
  // One way of telling is enough: the browser's own tooltip would lie over ours.
  for (const column of columns) column.querySelector('title')?.remove();
  let shown = -1;
  const show = (place: number): void => {
    columns[shown]?.classList.remove('on');
    shown = place;
    columns[shown]?.classList.add('on');
    readout.textContent = words[shown] ?? readout.dataset['rest'] ?? '';
  };
  svg.addEventListener('pointermove', (event) => show(columns.findIndex((column) => column === event.target)));
  svg.addEventListener('pointerleave', () => show(-1));
  figure.tabIndex = 0;
  readout.setAttribute('aria-live', 'polite');
  figure.addEventListener('keydown', (event) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const next = shown < 0 ? (step > 0 ? 0 : columns.length - 1) : shown + step;
    show(Math.max(0, Math.min(columns.length - 1, next)));
  });
  figure.addEventListener('blur', () => show(-1));
}
