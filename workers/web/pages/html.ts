// The type of markup that is safe to put into a page: every value in it was escaped when it was made.
import type { html } from 'hono/html';

export type Html = ReturnType<typeof html>;
