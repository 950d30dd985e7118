import { z } from 'zod';

export interface ListenAddress {
  /** Null: all interfaces. */
  readonly host: string | null;
  /** 0: any free one. */
  readonly port: number;
}

const FORMS = /^(?:(?:\[(?<v6>[^\]]+)\]|(?<host>[^:[\]\s]*)):)?(?<port>\d{1,5})$/;

/** `host:port`, `[::1]:port`, `:port` or `port`. Undefined when it is none of these. */
function parseListenAddress(text: string): ListenAddress | undefined {
  const groups = FORMS.exec(text.trim())?.groups;
  if (groups === undefined) return undefined;
  const port = Number(groups['port']);
  if (port > 65_535) return undefined;
  const host = groups['v6'] ?? groups['host'] ?? '';
  return { host: host === '' ? null : host, port };
}

export const listenAddress = z.string().transform((text, context) => {
  const address = parseListenAddress(text);
  if (address !== undefined) return address;
  context.addIssue({
    code: 'custom',
    message: `must be host:port, :port or port (0 to 65535; IPv6 hosts in brackets), got "${text}"`,
  });
  return z.NEVER;
});
