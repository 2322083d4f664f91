// The routes of the spots part.
import type { App } from '../request.ts';

export function mountSpots(app: App): void {
  void app;
}
