// The routes of the accounts part.
import type { App } from '../request.ts';

export function mountAccounts(app: App): void {
  void app;
}
