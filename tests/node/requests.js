// 500 HTTP requests over 8 keep-alive connections, served and fetched by one process.
// SPDX-License-Identifier: LGPL-2.1-or-later
'use strict';
const http = require('http');
const crypto = require('crypto');
const assert = require('assert');

const REQUESTS = 500;
const CONNECTIONS = 8;
// From nothing to more than one segment and one buffer.
const SIZES = [0, 1, 100, 1460, 4096, 20000, 100000];

const digest = data => crypto.createHash('sha256').update(data).digest('hex');
const connections = new Set();
let served = 0;

// Gives the body back, and what it took it for.
const server = http.createServer((request, response) => {
  const parts = [];
  request.on('data', part => parts.push(part));
  request.on('end', () => {
    const body = Buffer.concat(parts);
    served++;
    response.setHeader('x-digest', digest(body));
    response.end(body);
  });
});
server.on('connection', socket => connections.add(`${socket.remoteAddress}:${socket.remotePort}`));

const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });

function fetch(port, number) {
  const sent = Buffer.alloc(SIZES[number % SIZES.length], String.fromCharCode(97 + number % 26));
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, agent, method: 'POST', path: `/${number}` }, response => {
      const parts = [];
      response.on('data', part => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        try {
          const got = Buffer.concat(parts);
          assert.strictEqual(response.statusCode, 200);
          assert.strictEqual(response.headers['x-digest'], digest(sent), `request ${number} arrived changed`);
          assert.strictEqual(digest(got), digest(sent), `response ${number} arrived changed`);
          resolve(got.length);
        } catch (error) {
          reject(error);
        }
      });
    });
    request.on('error', reject);
    request.end(sent);
  });
}

server.listen(0, '127.0.0.1', async () => {
  const port = server.address().port;
  let next = 0;
  let bytes = 0;
  let failed = 0;

  async function worker() {
    while (next < REQUESTS) {
      const number = next++;
      try {
        bytes += await fetch(port, number);
      } catch (error) {
        failed++;
        console.log(`request ${number}: ${error.message}`);
      }
    }
  }

  const started = Date.now();
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  const seconds = (Date.now() - started) / 1000;
  agent.destroy();
  server.close(() => {
    const good = !failed && served === REQUESTS && connections.size === CONNECTIONS;
    console.log(`node ${process.version}: ${served} requests over ${connections.size} connections, ` +
      `${bytes} bytes back in ${seconds.toFixed(1)} s, ${failed} errors`);
    process.exitCode = good ? 0 : 1;
  });
});
