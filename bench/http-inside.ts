// What runs beside the Worker when its routes are measured: hono and nothing behind it, one route that answers with JSON of a size that the
// question names.
import { Hono } from 'hono';

const app = new Hono();
app.get('/bare', (c) => c.json({ ok: true }));
app.get('/bare/:bytes', (c) => c.json({ filler: 'x'.repeat(Math.min(1_000_000, Number(c.req.param('bytes')))) }));

export const answer = async (request: Request): Promise<Response> => app.fetch(request);
