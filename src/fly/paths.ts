/** Paths of the Machines API, below /v1. */

export function appPath(app: string): string {
  return `/apps/${encodeURIComponent(app)}`;
}

export function machinesPath(app: string): string {
  return `${appPath(app)}/machines`;
}

export function machinePath(app: string, id: string): string {
  return `${machinesPath(app)}/${encodeURIComponent(id)}`;
}

export function volumesPath(app: string): string {
  return `${appPath(app)}/volumes`;
}

export function orgMachinesPath(org: string): string {
  return `/orgs/${encodeURIComponent(org)}/machines`;
}
