// The modules a run knows: all came with it, or with the answer to a dynamic import. None is ever fetched by Deno.

const sources = new OwnMap();
const made = new OwnMap();

// A module that is already there stays: a module never changes within a run.
const defineModule = (name, source) => {
  if (!mapHas(sources, name)) mapSet(sources, name, source);
};

// A path without `.` and `..`, absolute; `..` stops at the root.
const normalised = (specifier, from) => {
  const parts = [];
  const add = (path) => {
    const names = split(path, "/");
    for (let index = 0; index < names.length; index++) {
      if (names[index] === "..") parts.length = parts.length > 0 ? parts.length - 1 : 0;
      else if (names[index] !== "" && names[index] !== ".") append(parts, names[index]);
    }
  };
  if (!startsWith(specifier, "/")) add(slice(from, 0, lastIndexOf(from, "/") + 1));
  add(specifier);
  let path = "";
  for (let index = 0; index < parts.length; index++) path += `/${parts[index]}`;
  return path;
};

// The full name of a known module: as is, with `.ts`, with `/index.ts`.
const resolve = (specifier, from) => {
  if (!startsWith(specifier, ".") && !startsWith(specifier, "/")) return mapHas(sources, specifier) ? specifier : undefined;
  const path = normalised(specifier, from);
  if (mapHas(sources, path)) return path;
  if (mapHas(sources, `${path}.ts`)) return `${path}.ts`;
  return mapHas(sources, `${path}/index.ts`) ? `${path}/index.ts` : undefined;
};

const moduleOf = (name) => {
  const known = mapGet(made, name);
  if (known !== undefined) return known;
  const source = mapGet(sources, name);
  if (source === undefined) throw new OwnTypeError(`there is no module "${name}"`);
  const module = outer.module(source, name, (specifier) => dynamic(specifier, name));
  mapSet(made, name, module);
  return module;
};

const link = (specifier, { identifier }) => {
  const name = resolve(specifier, identifier);
  if (name === undefined) throw new OwnTypeError(`there is no module "${specifier}" (imported by ${identifier})`);
  return moduleOf(name);
};

const loaded = async (name) => {
  const module = moduleOf(name);
  try {
    if (module.status === "unlinked") await module.link(link);
    await module.evaluate();
  } catch (error) {
    // An error of Deno's own realm would be a way there.
    throw error instanceof OwnError || !outer.isError(error) ? error : new OwnTypeError(`${error.message}`);
  }
  return module;
};

// An `import()` that the transformer did not see: in code made at run time.
const dynamic = async (specifier, from) => {
  const name = resolve(`${specifier}`, from);
  if (name === undefined) throw new OwnTypeError(`there is no module "${specifier}" (imported by ${from})`);
  return await loaded(name);
};
