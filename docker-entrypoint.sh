#!/bin/sh
# Fly mounts a volume that belongs to root. It is handed to the user of the program, who is never root; nothing of this
# shell stays, so that signals reach the program itself.
set -eu
# A heap that grows slowly, and one thread beside the main one for collecting and compiling instead of four, keep a fleet of
# thousands within 256 MB; it costs a few percent of processor time.
set -- node --max-semi-space-size=1 --heap-growing-percent=25 --v8-pool-size=1 /app/dist/cli/main.js "$@"
if [ "$(id -u)" -ne 0 ]; then
  exec "$@"
fi
if [ -n "${FAS_DATA_DIR:-}" ]; then
  mkdir -p "$FAS_DATA_DIR"
  chown -R node:node "$FAS_DATA_DIR"
fi
exec setpriv --reuid=node --regid=node --init-groups --no-new-privs "$@"
