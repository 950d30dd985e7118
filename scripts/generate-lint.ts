/** Writes the rules of rooms into .oxlintrc.json. */
import { readFileSync, writeFileSync } from 'node:fs';
import { withRoomRules } from './rooms.js';

const file = new URL('../.oxlintrc.json', import.meta.url);
writeFileSync(file, withRoomRules(readFileSync(file, 'utf8')));
