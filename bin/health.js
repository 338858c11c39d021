#!/usr/bin/env node
// Exit 0 when the service of this environment is ready, else 1 with the reason: the health check of an image that
// has no shell. It asks where the service listens, over TLS when the service has a certificate.
import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';
import { readConfig } from '../build/src/config.js';

const LIMIT = 4000;
const LOOPBACK = { '0.0.0.0': '127.0.0.1', '::': '::1' };

function fail(reason) {
  console.error(`not healthy: ${reason}`);
  process.exit(1);
}

function ask({ listen, tls }) {
  const [{ host, port }] = listen;
  const get = tls === null ? getHttp : getHttps;
  const target = {
    host: LOOPBACK[host] ?? host,
    port,
    path: '/readyz',
    timeout: LIMIT,
    // The certificate is for the name that clients use; this asks the same machine by its address.
    rejectUnauthorized: false,
  };
  get(target, (answer) => (answer.statusCode === 200 ? process.exit(0) : fail(`HTTP ${answer.statusCode}`)))
    .on('timeout', () => fail(`no answer within ${LIMIT} ms`))
    .on('error', (error) => fail(error.message));
}

try {
  ask(readConfig(process.env));
} catch (error) {
  fail(error.message);
}
