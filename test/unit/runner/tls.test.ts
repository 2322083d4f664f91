// With a certificate the runner speaks https itself, with the same routes and bounds.
import { request } from 'node:https';
import { connect } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { isHealthy } from '../../../gpu-runners/health.ts';
import { HTTP } from '../../../gpu-runners/limits.ts';
import { startRunner } from '../../../gpu-runners/server/runner.ts';
import { testParts } from './rig.ts';

vi.setConfig({ testTimeout: 60_000 }); // worker threads start slowly on a loaded machine

// Self-signed for 127.0.0.1, made for this test and of no value anywhere else.
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBkTCCATagAwIBAgIUbwg3kErbQMmp7nTZC1TKbfn8LHgwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjExMTA0MVoYDzIxMjYxMDI5
MTExMDQxWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARb7mg9ImCfKYU97NaLWvKmPDsaKES279PxKLZwmAz7SoXKLXdJssld
VQYfHqHOUQu1cZwskVdU6sve0HMR2O/vo2QwYjAdBgNVHQ4EFgQUXPXN+EbdyzqE
XzLqBpC+5i/B0fMwHwYDVR0jBBgwFoAUXPXN+EbdyzqEXzLqBpC+5i/B0fMwDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0kAMEYC
IQDtgb8EVciGLMOzJC7ExMl2rH4Jj7UHRyeA5vQswBattgIhAJu/sHwUfKoMko9F
BTEuPNaCHlIvbPX87riJGxDkKaRK
-----END CERTIFICATE-----`;
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgBaEgVNcf+Kka2glS
XRemVjI31l824rNZhv3MC4yus/2hRANCAARb7mg9ImCfKYU97NaLWvKmPDsaKES2
79PxKLZwmAz7SoXKLXdJssldVQYfHqHOUQu1cZwskVdU6sve0HMR2O/v
-----END PRIVATE KEY-----`;

const status = (port: number): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path: '/health', ca: CERTIFICATE }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on('error', reject).end();
  });

describe('https', () => {
  it('answers under its certificate, and the health check finds it', async () => {
    const parts = testParts();
    const tls = { cert: Buffer.from(CERTIFICATE), key: Buffer.from(KEY) };
    const runner = await startRunner({ ...parts, settings: { ...parts.settings, tls } });
    expect(await status(runner.port)).toBe(200);
    expect([await isHealthy(runner.port, 'https'), await isHealthy(runner.port, 'http')]).toEqual([true, false]);
    await runner.stop(1000);
    expect(await isHealthy(runner.port, 'https')).toBe(false);
  });

  it('cuts off who connects and never shakes hands', async () => {
    const parts = testParts({ http: { ...HTTP, headersTimeoutMs: 200 } });
    const tls = { cert: Buffer.from(CERTIFICATE), key: Buffer.from(KEY) };
    const runner = await startRunner({ ...parts, settings: { ...parts.settings, tls } });
    const socket = connect(runner.port, '127.0.0.1');
    socket.on('error', () => undefined).resume();
    await new Promise((resolve) => socket.once('close', resolve));
    await runner.stop(0);
  }, 10_000);
});
