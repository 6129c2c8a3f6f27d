//! From TypeScript as submitted to JavaScript the engine runs.
