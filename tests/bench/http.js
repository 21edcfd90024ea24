// How long an HTTP request takes: one process serves and fetches over 8 keep-alive connections.
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Usage: node http.js MILLISECONDS
'use strict';
const http = require('http');

const CONNECTIONS = 8;
const BODY = Buffer.alloc(100, 'x');

const server = http.createServer((request, response) => response.end(BODY));
const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });

function fetch(port) {
  return new Promise((resolve, reject) => {
    http.get({ host: '127.0.0.1', port, agent }, response => {
      let bytes = 0;
      response.on('data', part => { bytes += part.length; });
      response.on('error', reject);
      response.on('end', () => (bytes === BODY.length ? resolve() : reject(new Error(`${bytes} bytes came`))));
    }).on('error', reject);
  });
}

// Requests, CONNECTIONS at a time, until so many milliseconds are over; how many there were.
async function fetchFor(port, milliseconds) {
  const until = Date.now() + milliseconds;
  let count = 0;
  await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
    for (; Date.now() < until; count++) await fetch(port);
  }));
  return count;
}

server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  const milliseconds = Number(process.argv[2]);
  try {
    // Programs are compiled while they run: the first part does not count.
    await fetchFor(port, milliseconds / 3);
    const start = process.hrtime.bigint();
    const count = await fetchFor(port, milliseconds);
    console.log(`microseconds a request: ${(Number(process.hrtime.bigint() - start) / 1000 / count).toFixed(1)}`);
  } catch (error) {
    console.log(error.message);
    process.exitCode = 1;
  }
  agent.destroy();
  server.close();
});
