// The routes of the exports part.
import type { App } from '../request.ts';

export function mountExports(app: App): void {
  void app;
}
