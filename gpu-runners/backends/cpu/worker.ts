// Entry of a worker thread.
import { parentPort } from 'node:worker_threads';
import { serveBackend } from './serve.ts';

if (parentPort !== null) serveBackend(parentPort);
