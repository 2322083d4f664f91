// The routes of the badges part.
import type { App } from '../request.ts';

export function mountBadges(app: App): void {
  void app;
}
