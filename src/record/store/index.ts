export type { Backend } from './backend.js';
export { createMemoryBackend } from './memory-backend.js';
export { decisionsIn, outlinesIn, policiesIn } from './pages.js';
export { createRecordReader } from './reader.js';
export {
  createRecording,
  type Recording,
  type RecordStats,
  type RecordTrouble,
} from './recording.js';
export { createSqliteBackend } from './sqlite-backend.js';
export { checkRecord, isRecordOpen, setUpRecord } from './sqlite-schema.js';
