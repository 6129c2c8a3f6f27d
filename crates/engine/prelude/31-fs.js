// Files: the workspace, `/tmp`, and the read-only trees of servers and skills. Named as in `node:fs/promises`.

const fs = (() => {
  const startsWith = uncurry(String.prototype.startsWith);
  const slice = uncurry(String.prototype.slice);
  const indexOf = uncurry(String.prototype.indexOf);
  const lastIndexOf = uncurry(String.prototype.lastIndexOf);

  // What a relative path may begin with to count from the root, as imports do: its folders, the way out, and what would be
  // a folder of the machine. Any other is one of the workspace.
  const fromTheRoot = { __proto__: null, servers: true, skills: true, workspace: true, tmp: true, "..": true, "~": true };

  // The absolute path, `.` and `..` resolved, by what a script cannot replace.
  const resolved = (text) => {
    let path = "";
    let isFirst = !startsWith(text, "/");
    for (let from = 0; from <= text.length; ) {
      const slash = indexOf(text, "/", from);
      const part = slash < 0 ? slice(text, from) : slice(text, from, slash);
      from += part.length + 1;
      if (part === "" || part === ".") continue;
      if (isFirst && !fromTheRoot[part]) path = "/workspace";
      isFirst = false;
      if (part === "..") path = slice(path, 0, max(0, lastIndexOf(path, "/")));
      else path += `/${part}`;
    }
    return path === "" ? "/" : path;
  };

  const pathOf = (path) => {
    let text = path instanceof URL ? decodeURIComponent(path.pathname) : path;
    if (typeof text !== "string" || text === "") {
      throw new TypeError(`a path must be a string that is not empty, not ${kindOf(path)}`);
    }
    if (startsWith(text, "file://")) text = decodeURIComponent(slice(text, 7));
    return resolved(text);
  };

  const encodingOf = (options) => {
    const encoding = typeof options === "string" ? options : options?.encoding;
    return encoding === undefined || encoding === null || encoding === "buffer" ? null : `${encoding}`.toLowerCase();
  };

  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

  const textOf = (bytes, encoding = "utf-8") => {
    switch (`${encoding}`.toLowerCase()) {
      case "utf-8":
      case "utf8":
        return native.decodeUtf8(bytes, false);
      case "base64":
        return native.encodeBase64(bytes);
      case "hex":
        return hex(bytes);
      default:
        return new TextDecoder(encoding).decode(bytes);
    }
  };

  const readFile = async (path, options) => {
    const encoding = encodingOf(options);
    const asText = encoding === "utf-8" || encoding === "utf8";
    const content = await native.call("fs/readFile", { path: pathOf(path), encoding: asText ? "utf-8" : null });
    if (asText) return content;
    if (encoding !== null) return textOf(content, encoding);
    // As Node's Buffer: `JSON.parse(await fs.readFile(path))` works.
    hide(content, "toString", (encoding) => textOf(content, encoding));
    return content;
  };

  const contentOf = (data) => {
    if (typeof data === "string") return { text: data };
    const bytes = bytesOf(data);
    if (bytes !== undefined) return { base64: native.encodeBase64(bytes) };
    throw new TypeError(`a file is written from a string or bytes, not ${kindOf(data)}; use JSON.stringify for values`);
  };
  const decoded = (data, options) => {
    const encoding = encodingOf(options);
    return typeof data === "string" && encoding === "base64" ? { base64: data } : contentOf(data);
  };

  const appendFile = async (path, data, options) => await native.call("fs/appendFile", { path: pathOf(path), ...decoded(data, options) });
  const writeFile = async (path, data, options) => {
    const name = options?.flag === "a" ? "fs/appendFile" : "fs/writeFile";
    return await native.call(name, { path: pathOf(path), ...decoded(data, options) });
  };

  const stat = async (path) => {
    const found = await native.call("fs/stat", { path: pathOf(path) });
    const { size, mtimeMs } = found;
    const stats = { size, mtimeMs, mtime: new Date(mtimeMs) };
    hide(stats, "isFile", () => found.isFile);
    hide(stats, "isDirectory", () => found.isDirectory);
    hide(stats, "isSymbolicLink", () => false);
    return stats;
  };

  const readdir = async (path, options) => {
    const folder = pathOf(path);
    const names = await native.call("fs/readdir", { path: folder, recursive: options?.recursive === true });
    if (options?.withFileTypes !== true) return names;
    return await Promise.all(
      names.map(async (name) => {
        const found = await stat(`${folder}/${name}`);
        const cut = name.lastIndexOf("/");
        const parentPath = cut < 0 ? folder : `${folder}/${name.slice(0, cut)}`;
        const entry = { name: name.slice(cut + 1), parentPath, path: parentPath };
        hide(entry, "isFile", found.isFile);
        hide(entry, "isDirectory", found.isDirectory);
        hide(entry, "isSymbolicLink", found.isSymbolicLink);
        return entry;
      }),
    );
  };

  const exists = async (path) => await native.call("fs/exists", { path: pathOf(path) });
  const access = async (path) => void (await stat(path));
  const mkdir = async (path, options) =>
    await native.call("fs/mkdir", { path: pathOf(path), recursive: options === true || options?.recursive === true });
  const rm = async (path, options) =>
    await native.call("fs/rm", { path: pathOf(path), recursive: options?.recursive === true, force: options?.force === true });
  const rmdir = async (path, options) => await rm(path, { recursive: options?.recursive === true });
  const unlink = async (path) => await rm(path);
  const rename = async (from, to) => await native.call("fs/rename", { from: pathOf(from), to: pathOf(to) });
  const copyFile = async (from, to) => await native.call("fs/copyFile", { from: pathOf(from), to: pathOf(to) });

  const fs = { readFile, writeFile, appendFile, readdir, exists, access, stat, lstat: stat, mkdir, rm, rmdir, unlink, rename, copyFile };
  const waiting = (name, instead) => () => {
    throw new Error(`fs.${name} is not available: use \`await fs.${instead}(…)\``);
  };
  for (const name of enumerableKeys(fs)) hide(fs, `${name}Sync`, waiting(`${name}Sync`, name));
  hide(fs, "createReadStream", waiting("createReadStream", "readFile"));
  hide(fs, "createWriteStream", waiting("createWriteStream", "writeFile"));
  hide(fs, "open", waiting("open", "readFile"));
  hide(fs, "watch", waiting("watch", "readdir"));
  hide(fs, "constants", freeze({ F_OK: 0, X_OK: 1, W_OK: 2, R_OK: 4 }));
  hide(fs, "promises", fs);
  return freeze(fs);
})();
expose("fs", fs);
