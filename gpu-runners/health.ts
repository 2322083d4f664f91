// Asks a running runner on this machine for its health: what a container's HEALTHCHECK calls.
import { request as overHttp } from 'node:http';
import { request as overTls } from 'node:https';

const TIMEOUT_MS = 3_000;

/** Whether `/health` at this port answers with 200 in time. The certificate is not checked: it is our own port. */
export function isHealthy(port: number, scheme: 'http' | 'https'): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, path: '/health', timeout: TIMEOUT_MS };
    const request = scheme === 'https' ? overTls({ ...options, rejectUnauthorized: false }) : overHttp(options);
    request.on('response', (response) => {
      response.destroy();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => {
      resolve(false);
    });
    request.on('close', () => {
      resolve(false); // after a response this changes nothing
    });
    request.end();
  });
}
