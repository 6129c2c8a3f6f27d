// Tools by name: calling, finding, loading; and small values kept between runs.

const asName = (what, value) => {
  if (typeof value !== "string" || value === "") throw new TypeError(`${what} must be a string that is not empty, not ${kindOf(value)}`);
  return value;
};

// Calls a tool by its name, as `google_drive__get_document` or `google-drive/getDocument`. What other code modes write
// means the same: the server by itself before the tool, or one object with both and the arguments.
const callMCPTool = async (name, input, more) => {
  if (typeof name === "object" && name !== null) {
    return await callOf(name.server ?? undefined, name.name ?? name.tool, name.arguments ?? name.input ?? name.args);
  }
  return typeof input === "string" ? await callOf(name, input, more) : await callOf(undefined, name, input);
};

// A server that is named apart stays apart: joined, the two could mean a tool of another server.
const callOf = async (server, tool, input) =>
  await native.call("call", {
    server: server === undefined ? undefined : asName("the name of the server", server),
    name: asName("the name of a tool", tool),
    input: input ?? {},
  });

// Reads what a link in a result points to: the list of its parts. `resource` is the link, or its address.
const readResource = async (server, resource) => {
  if (typeof server === "object" && server !== null && resource === undefined) {
    if (server.server === undefined) throw new TypeError("readResource takes the server's name and the link: write `readResource('server', link)`");
    return await readResource(server.server, server);
  }
  const uri = typeof resource === "object" && resource !== null ? resource.uri : resource;
  return await native.call("resource", { server: asName("the name of the server", server), uri: asName("the address of the resource", uri) });
};

// Finds tools by what they do. `detail`: "names", "signatures" (the default) or "full". One object holds all of it, as the
// tool of agents takes it.
const searchTools = async (query, detail) => {
  if (typeof query === "object" && query !== null && !isArray(query)) return await searchTools(query.queries ?? query.query ?? [], query);
  const options = typeof detail === "object" && detail !== null ? detail : { detail };
  const queries = isArray(query) ? query : [asName("the query", query)];
  const levels = { __proto__: null, name_only: "names", minimal: "names", brief: "names", name_and_description: "signatures", full_schema: "full" };
  return await native.call("search", {
    query: queries,
    detail: levels[options.detail] ?? options.detail,
    server: options.server,
    limit: options.limit,
  });
};

// The catalogue, looked through without asking the host: by how many words of the query a tool shares.
const toolRegistry = (() => {
  let tools;
  const words = (text) =>
    `${text}`
      .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u)
      .filter((word) => word.length > 1)
      .map((word) => (word.length > 3 && word.endsWith("s") ? word.slice(0, -1) : word));
  const all = () => {
    if (tools === undefined) {
      const text = native.text("/narrows/registry.json");
      if (text === undefined) throw new Error("toolRegistry has nothing here: the script does not name it; write `toolRegistry.search(…)`");
      tools = JSON.parse(text).map((tool) => {
        const title = new Set(words(`${tool.server} ${tool.name}`));
        return { tool: freeze(tool), title, text: new Set([...title, ...words(tool.description ?? "")]) };
      });
    }
    return tools;
  };
  return freeze({
    // The tools, best first: `{name, server, path, description}`.
    search: (query, limit = 20) => {
      const wanted = [...new Set(words(query))];
      const score = ({ title, text }) =>
        wanted.reduce((sum, word) => sum + (title.has(word) ? 3 : text.has(word) ? 1 : 0), 0);
      return all()
        .map((entry) => ({ tool: entry.tool, score: score(entry) }))
        .filter((hit) => hit.score > 0)
        .sort((a, b) => b.score - a.score)
        .slice(0, limit)
        .map((hit) => ({ ...hit.tool }));
    },
    list: () => all().map((entry) => ({ ...entry.tool })),
    // The function that calls a tool, by any of its names.
    load: async (name) => {
      const isTool = typeof name === "object" && name !== null;
      const server = isTool && name.path === undefined ? name.server : undefined;
      const wanted = asName("the name of a tool", isTool ? name.path ?? name.name : name);
      return (input) => callOf(server, wanted, input);
    },
  });
})();

// Small values under names, kept with the workspace.
const kept = (folder, save) => {
  const get = async (key) => (await native.call(`${folder}/get`, { key: asName("the key", key) })) ?? undefined;
  const set = async (key, value) => await native.call(`${folder}/${save}`, { key: asName("the key", key), value: value ?? null });
  return { get, load: get, set, save: set, list: async () => await native.call(`${folder}/list`, {}) };
};
// `checkpoint(name)` reads, `checkpoint(name, value)` writes.
const checkpoints = kept("checkpoint", "set");
const checkpoint = freeze(
  assign(async (key, ...value) => (value.length > 0 ? await checkpoints.set(key, value[0]) : await checkpoints.get(key)), checkpoints),
);
const results = freeze(kept("results", "save"));

// Facts about values that the script may not see. The host knows them, and notes each question.
const privacy = (() => {
  const ask = async (question, value, other) => await native.call(`privacy/${question}`, { value, other });
  return freeze({
    last4: (value) => ask("last4", value),
    domain: (value) => ask("domain", value),
    sortKey: (value) => ask("sortKey", value),
    equals: (value, other) => ask("equals", value, other),
  });
})();

expose("callMCPTool", callMCPTool);
expose("readResource", readResource);
expose("searchTools", searchTools);
expose("toolRegistry", toolRegistry);
expose("checkpoint", checkpoint);
expose("results", results);
expose("privacy", privacy);
