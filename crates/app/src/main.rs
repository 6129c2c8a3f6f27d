//! Narrows: one binary between an agent and its MCP servers.
mod config;

fn main() {}
