// Loaded into the measured process: says how large its heap is after a collection, when asked.
process.on('message', (message) => {
  if (message !== 'heap') return;
  globalThis.gc();
  process.send({ heapUsedBytes: process.memoryUsage().heapUsed });
});
// Asking must not keep the process alive.
process.channel?.unref();
