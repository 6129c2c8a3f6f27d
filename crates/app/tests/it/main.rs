//! The whole gateway, driven from outside: the real binary as a person types it and as an agent talks to it.

mod agent;
mod agreement;
mod cases;
mod cli;
mod clients;
mod door;
mod engines;
mod examples;
mod failures;
mod hostile_scripts;
mod hostile_servers;
mod http;
mod launchers;
mod leftovers;
mod mcp;
mod narrows;
mod needs;
mod real_servers;
mod rules;
mod screens;
mod servers;
mod shared;
mod trust;
mod typed;
mod walls;
mod workers;
