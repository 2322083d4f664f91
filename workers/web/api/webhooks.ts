// The routes of the webhooks part.
import type { App } from '../request.ts';

export function mountWebhooks(app: App): void {
  void app;
}
