// The routes of the incidents part.
import type { App } from '../request.ts';

export function mountIncidents(app: App): void {
  void app;
}
