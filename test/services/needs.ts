import { isInstalled } from './start-server.js';

/**
 * Whether a test that needs these commands must be skipped. With FAS_TEST_REQUIRE_SERVERS nothing is skipped:
 * a missing command is an error.
 */
export function needs(...commands: readonly string[]): boolean {
  const missing = commands.filter((command) => !isInstalled(command));
  if (missing.length === 0) return false;
  const text = `needs ${missing.join(', ')}: run scripts/install-test-servers`;
  if (process.env['FAS_TEST_REQUIRE_SERVERS'] === '1') throw new Error(text);
  console.warn(`skipped: ${text}`);
  return true;
}
