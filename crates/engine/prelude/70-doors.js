// Doors that do not exist here, each saying what to use instead.

{
  const network = "scripts have no network; call a tool instead: import it from './servers/…', or find one with searchTools(query)";

  expose("fetch", async (input) => {
    const target = typeof input === "object" && input !== null && "url" in input ? input.url : input;
    throw new NetworkError(`fetch of ${`${target}`.slice(0, 200)} is not possible: ${network}`);
  });
  for (const name of ["XMLHttpRequest", "WebSocket", "EventSource"]) {
    expose(
      name,
      {
        [name]: class {
          constructor() {
            throw new NetworkError(`${name} is not possible: ${network}`);
          }
        },
      }[name],
    );
  }

  expose("require", (name) => {
    const file = /^(?:node:)?fs(?:\/promises)?$/.test(`${name}`);
    const instead = file ? "`fs` is a global here: await fs.readFile(path, 'utf-8')" : "scripts are ES modules: use `import`";
    throw new ReferenceError(`require('${name}') is not possible: ${instead}`);
  });
}
// `process` and `Buffer` stay undefined, so that `typeof process` and the like say what is true here; the parser's
// facts tell the host about their use, which warns.
