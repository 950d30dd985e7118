export { parseSizeBytes } from '../../core/model/size.js';
export { size } from '../../seams/schema.js';
