// Where the worker thread's code is. The bundle (build.mjs) puts a data: URL with the bundled worker in this module's place, so
// that the image holds one file.
export const WORKER_URL: URL = new URL('./worker.ts', import.meta.url);
