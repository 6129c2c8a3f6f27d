// Deno's own side: makes a context of its own for the script, without Deno's globals, and gives the engine in it the
// few things a script's world cannot make itself. Nothing of this side is ever handed to a script.
(function (read, engine, prelude) {
  "use strict";
  const { stdout, exit, internal } = Deno;
  const { core } = Deno[internal];
  const vm = process.getBuiltinModule("node:vm");
  const { createHash } = process.getBuiltinModule("node:crypto");
  const { setImmediate } = process.getBuiltinModule("node:timers");
  const needed = [vm.SourceTextModule, core.getPromiseDetails, core.getProxyDetails, core.isPromise, core.isNativeError, core.isMap, core.isSet, core.isBoxedPrimitive, Uint8Array.fromBase64];
  if (needed.includes(undefined)) throw new Error("this Deno is too old");
  const encoder = new TextEncoder();
  const lossy = new TextDecoder("utf-8", { ignoreBOM: true });
  const strict = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

  const context = vm.createContext(vm.constants.DONT_CONTEXTIFY);
  const evaluate = (source, filename) => vm.runInContext(source, context, { filename });
  const outer = {
    __proto__: null,
    version: `${Deno.version.deno} (V8 ${Deno.version.v8})`,
    read,
    write: (bytes) => {
      for (let at = 0; at < bytes.length; ) at += stdout.writeSync(bytes.subarray(at));
    },
    exit: () => exit(0),
    // Calls back when no job of the script is left, and Deno has told of every rejection.
    afterJobs: (callback) => void setImmediate(callback),
    onRejections: (unhandled, handled) => {
      addEventListener("unhandledrejection", (event) => {
        event.preventDefault();
        unhandled(event.promise, event.reason);
      });
      addEventListener("rejectionhandled", (event) => handled(event.promise));
    },
    promiseDetails: core.getPromiseDetails,
    proxyDetails: core.getProxyDetails,
    isPromise: core.isPromise,
    isError: core.isNativeError,
    isMap: core.isMap,
    isSet: core.isSet,
    isBoxed: core.isBoxedPrimitive,
    encode: (text) => encoder.encode(text),
    decode: (bytes) => lossy.decode(bytes),
    // Nothing where the bytes are not UTF-8.
    decodeStrictly: (bytes) => {
      try {
        return strict.decode(bytes);
      } catch {
        return undefined;
      }
    },
    digest: (name, bytes) => createHash(name).update(bytes).digest(),
    module: (source, identifier, importModuleDynamically) =>
      new vm.SourceTextModule(source, { identifier, context, importModuleDynamically }),
  };
  const language = evaluate("Object.getOwnPropertyNames(globalThis)", "narrows:engine");
  const start = evaluate(engine, "narrows:engine");
  start(outer, evaluate(prelude, "narrows:prelude"));
  // A script that finds a way to this side finds a bare language here, too.
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    if (!language.includes(name)) Reflect.deleteProperty(globalThis, name);
  }
});
