// The routes of the profiles part.
import type { App } from '../request.ts';

export function mountProfiles(app: App): void {
  void app;
}
