export { parseSizeBytes } from '../core/size.js';
export { size } from '../schema.js';
