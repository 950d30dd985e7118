/** Where the unix socket is that commands and daemon meet at. */
import { join } from 'node:path';
import type { CliContext } from './context.js';

export interface SocketPlace {
  readonly path: string;
  /** Its folder is this user's alone, and nothing else is kept in it. */
  readonly isFolderOurs: boolean;
}

const NAME = 'control.sock';

/** Null: there is none, because it is off or the system has no users to tell apart. */
export function socketPlace(
  settings: { readonly socket: string | null; readonly dataDir: string | null },
  { user }: Pick<CliContext, 'user'>,
): SocketPlace | null {
  const { socket, dataDir } = settings;
  if (socket === 'off') return null;
  if (socket !== null) return { path: socket, isFolderOurs: false };
  if (dataDir !== null) return { path: join(dataDir, NAME), isFolderOurs: false };
  if (user === null) return null;
  return { path: join(folderOf(user.temporaryFolder, user.id), NAME), isFolderOurs: true };
}

const PREFIX = 'fly-autoscaler-';

function folderOf(temporaryFolder: string, userId: number): string {
  return join(temporaryFolder, `${PREFIX}${userId}`);
}

/** Places of all users, for root, who may open each of them: in a container the daemon runs as another. */
export function placesOfOthers(
  names: readonly string[],
  temporaryFolder: string,
): readonly string[] {
  return names
    .filter((name) => name.startsWith(PREFIX) && /^\d+$/.test(name.slice(PREFIX.length)))
    .map((name) => join(temporaryFolder, name, NAME));
}
