//! Prepares the engine: runs the guest's prelude once, and compiles the result to machine code.
//!
//! So a program that runs scripts holds no compiler, and a fresh instance starts where the prelude ended.

use std::{
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
    pin::pin,
    task::{Context, Poll, Waker},
};

use wasmtime::{Caller, Config, Engine, Extern, Instance, Linker, Module, Result, Store, Val};
use wasmtime_wizer::{InstanceState, SnapshotVal, ValType, Wizer};

include!("src/engine/settings.rs");

/// The guest as `crates/engine/build.sh` builds it.
const GUEST: &str = "../engine/narrows-engine.wasm";

/// The guest's prelude, which the second engine has too.
const PRELUDE: &str = "../engine/prelude";

/// What stands in the guest's place in the second engine.
const DENO_ENGINE: &str = "src/deno/js/engine";

/// The guest's export that runs the prelude.
const INITIALISE: &str = "wizer-initialize";

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed={GUEST}");
    println!("cargo::rerun-if-changed=src/engine/settings.rs");
    println!("cargo::rerun-if-changed=build.rs");

    let guest = fs::read(GUEST)?;
    println!("cargo::rustc-env=NARROWS_ENGINE={}", fingerprint(&guest));
    let initialised = initialise(&guest)?;

    let mut config = Config::new();
    configure(&mut config);
    // Naming the target keeps out what only the building machine's processor can do.
    config.target(&env::var("TARGET")?)?;
    let compiled = Engine::new(&config)?.precompile_module(&initialised)?;

    let out = env::var("OUT_DIR")?;
    fs::write(Path::new(&out).join("engine.cwasm"), compiled)?;
    fs::write(Path::new(&out).join("deno-prelude.js"), function_of(PRELUDE, "native")?)?;
    fs::write(Path::new(&out).join("deno-engine.js"), function_of(DENO_ENGINE, "outer, prelude")?)?;
    Ok(())
}

/// Two programs with the same guest run a script alike.
fn fingerprint(guest: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    guest.hash(&mut hasher);
    hasher.finish()
}

/// The files of a folder as the body of one strict function, in the order of their names: see the prelude's README.
fn function_of(folder: &str, parameters: &str) -> Result<String> {
    println!("cargo::rerun-if-changed={folder}");
    let entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    let mut files: Vec<_> = entries.into_iter().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "js"));
    files.sort();
    let bodies = files.iter().map(fs::read_to_string).collect::<Result<Vec<_>, _>>()?;
    Ok(format!("(function ({parameters}) {{ \"use strict\"; {}\n}})", bodies.join("\n")))
}

/// The guest with its memory as it is after the prelude.
fn initialise(guest: &[u8]) -> Result<Vec<u8>> {
    let wizer = Wizer::new();
    let (parsed, instrumented) = wizer.instrument(guest)?;

    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    linker.func_wrap("narrows", "host_call", |_: u32, _: u32, _: u32, _: u32, _: u32, _: u32, _: u32| {})?;
    linker.func_wrap("narrows", "host_end", |_: u32, _: u32, _: u32| {})?;
    // What the prelude says while it is prepared is a failure: shown by cargo.
    linker.func_wrap(
        "narrows",
        "host_print",
        |mut caller: Caller<'_, ()>, _: u32, text: u32, length: u32| {
            if let Some(Extern::Memory(memory)) = caller.get_export("memory") {
                let text =
                    memory.data(&caller).get(text as usize..(text + length) as usize).unwrap_or_default();
                println!("cargo::warning={}", String::from_utf8_lossy(text).replace('\n', " | "));
            }
        },
    )?;
    let module = Module::new(&engine, &instrumented)?;
    let instance = linker.instantiate(&mut store, &module)?;
    instance.get_typed_func::<(), ()>(&mut store, INITIALISE)?.call(&mut store, ())?;

    ready(wizer.snapshot(&parsed, &mut State { store, instance }))
}

/// The instance as the snapshot reads it.
struct State {
    store: Store<()>,
    instance: Instance,
}

impl InstanceState for State {
    async fn global_get(&mut self, name: &str, _: ValType) -> SnapshotVal {
        let global = self.instance.get_global(&mut self.store, name).expect("an exported global");
        match global.get(&mut self.store) {
            Val::I32(value) => SnapshotVal::I32(value),
            Val::I64(value) => SnapshotVal::I64(value),
            Val::F32(value) => SnapshotVal::F32(value),
            Val::F64(value) => SnapshotVal::F64(value),
            other => panic!("the guest has no global like {other:?}"),
        }
    }

    async fn memory_contents(&mut self, name: &str, contents: impl FnOnce(&[u8]) + Send) {
        let memory = self.instance.get_memory(&mut self.store, name).expect("an exported memory");
        contents(memory.data(&self.store));
    }
}

/// The result of something that never waits, though it is written as if it did.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the snapshot waits for something"),
    }
}
