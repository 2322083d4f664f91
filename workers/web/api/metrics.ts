// The routes of the metrics part.
import type { App } from '../request.ts';

export function mountMetrics(app: App): void {
  void app;
}
