// The modules of scripts. Written by `narrows types`, each time anew.

declare module "narrows" {
  type Bytes = ArrayBuffer | ArrayBufferView;
  type Path = string | URL;
  type Encoding = string | { encoding?: string | null } | null;

  interface Stats {
    size: number;
    mtimeMs: number;
    mtime: Date;
    isFile(): boolean;
    isDirectory(): boolean;
    isSymbolicLink(): boolean;
  }

  interface Dirent {
    name: string;
    path: string;
    parentPath: string;
    isFile(): boolean;
    isDirectory(): boolean;
    isSymbolicLink(): boolean;
  }

  interface FileSystem {
    readFile(path: Path): Promise<Uint8Array>;
    readFile(path: Path, options: "buffer" | { encoding?: "buffer" | null } | null): Promise<Uint8Array>;
    readFile(path: Path, encoding: string | { encoding: string }): Promise<string>;
    writeFile(path: Path, data: string | Bytes, options?: Encoding | { encoding?: string; flag?: "w" | "a" }): Promise<void>;
    appendFile(path: Path, data: string | Bytes, options?: Encoding): Promise<void>;
    readdir(path: Path, options?: { recursive?: boolean; withFileTypes?: false }): Promise<string[]>;
    readdir(path: Path, options: { recursive?: boolean; withFileTypes: true }): Promise<Dirent[]>;
    exists(path: Path): Promise<boolean>;
    access(path: Path): Promise<void>;
    stat(path: Path): Promise<Stats>;
    lstat(path: Path): Promise<Stats>;
    mkdir(path: Path, options?: boolean | { recursive?: boolean }): Promise<void>;
    rm(path: Path, options?: { recursive?: boolean; force?: boolean }): Promise<void>;
    rmdir(path: Path, options?: { recursive?: boolean }): Promise<void>;
    unlink(path: Path): Promise<void>;
    rename(from: Path, to: Path): Promise<void>;
    copyFile(from: Path, to: Path): Promise<void>;
    readonly constants: { readonly F_OK: 0; readonly X_OK: 1; readonly W_OK: 2; readonly R_OK: 4 };
    readonly promises: FileSystem;
  }

  /** Files of `/workspace` and `/tmp`; `/servers` and `/skills` can be read. */
  export const fs: FileSystem;

  type Detail = "names" | "signatures" | "summary" | "full";

  interface SearchOptions {
    detail?: Detail;
    /** Only this server's tools. */
    server?: string;
    /** 1 to 100; 10 unless it is given. */
    limit?: number;
  }

  interface FoundTool {
    server: string;
    tool: string;
    /** The name of its function. */
    name: string;
    /** What to import: `servers/<server>/<name>`. */
    path: string;
    description: string;
    /** With `signatures` and `full`. */
    signature?: string;
    /** With `full`: its module. */
    typescript?: string;
    /** How well it fits the query. */
    score?: number;
    skill?: undefined;
    exports?: undefined;
  }

  interface FoundSkill {
    skill: string;
    path: string;
    description: string;
    exports: string[];
    signature?: string;
    typescript?: string;
    server?: undefined;
    tool?: undefined;
    name?: undefined;
    score?: undefined;
  }

  /** Finds tools, and then skills, by what they do. */
  export function searchTools(query: string | string[], options?: Detail | SearchOptions): Promise<(FoundTool | FoundSkill)[]>;
  export function searchTools(search: SearchOptions & { queries?: string[] }): Promise<(FoundTool | FoundSkill)[]>;

  /** Calls a tool by its name, `server/tool`. What it returns is not typed: import the tool where its name is known. */
  export function callMCPTool(name: string, input?: object): Promise<any>;
  export function callMCPTool(server: string, tool: string, input?: object): Promise<any>;
  export function callMCPTool(call: { server?: string; name: string; arguments?: object }): Promise<any>;

  /** The content blocks a result came in, as the server sent them. */
  export function contentOf(result: unknown): any;

  /** A part of a resource: text, or data in Base64. */
  interface ResourcePart {
    uri: string;
    mimeType?: string;
    text?: string;
    blob?: string;
  }

  /** Reads the resource of a server that a `resource_link` in a result points to: the list of its parts. */
  export function readResource(server: string, resource: string | { uri: string }): Promise<ResourcePart[]>;
  export function readResource(resource: { server: string; uri: string }): Promise<ResourcePart[]>;

  interface RegisteredTool {
    server: string;
    name: string;
    path: string;
    description: string;
  }

  /** All tools, looked through in the script itself. */
  export const toolRegistry: {
    search(query: string, limit?: number): RegisteredTool[];
    list(): RegisteredTool[];
    /** The function that calls a tool. */
    load(tool: string | { path: string } | { name: string }): Promise<(input?: object) => Promise<any>>;
  };

  /** JSON values under names, kept with the workspace. */
  interface Kept {
    get(key: string): Promise<any>;
    load(key: string): Promise<any>;
    set(key: string, value: unknown): Promise<void>;
    save(key: string, value: unknown): Promise<void>;
    list(): Promise<string[]>;
  }

  /** Reads a value, or with a second argument writes it: as a whole or not at all. `undefined` removes it. */
  interface Checkpoint extends Kept {
    (key: string): Promise<any>;
    (key: string, value: unknown): Promise<void>;
  }

  export const checkpoint: Checkpoint;
  /** `get` also gives what a run of this workspace returned, by the handle that its answer named. */
  export const results: Kept;

  /** Facts about personal data that a script may not see and has placeholders for, as `[EMAIL_1]`. Each question is noted. */
  export const privacy: {
    /** The last four digits of a card, an account, a phone or social security number. */
    last4(value: string): Promise<string>;
    /** The domain of a mail address. */
    domain(value: string): Promise<string>;
    /** The first two characters, in lower case: values sorted by it stand roughly in order. */
    sortKey(value: string): Promise<string>;
    /** Whether two are the same, however they are written. */
    equals(value: string, other: string): Promise<boolean>;
  };

  /** A tool refused, or could not be reached. */
  export class ToolError extends Error {
    constructor(message?: string, options?: ErrorOptions & { server?: string; tool?: string; code?: string | number; data?: unknown });
    server?: string;
    tool?: string;
    /** `tool_error`, `invalid_arguments`, `unavailable`, `timeout`, …, or the number of an error of the protocol. */
    code?: string | number;
    data?: any;
  }

  /** A call that may or may not have taken effect. */
  export class UnknownOutcomeError extends Error {
    constructor(message?: string, options?: ErrorOptions & { server?: string; tool?: string; code?: string | number; data?: unknown });
    server?: string;
    tool?: string;
    code?: string | number;
    data?: any;
  }

  /** A file or a tool that the script may not touch. */
  export class PermissionError extends Error {
    constructor(message?: string, options?: ErrorOptions & { code?: string; path?: string });
    code?: string;
    path?: string;
  }

  /** Scripts have no network. */
  export class NetworkError extends Error {}

  /** One operation was too large; `code` is the key of the limit. */
  export class LimitError extends Error {
    constructor(message?: string, options?: ErrorOptions & { code?: string });
    code?: string;
  }

  const all: Omit<typeof import("narrows"), "default">;
  export default all;
}

declare module "@anthropic/code-execution" {
  export * from "narrows";
  export { default } from "narrows";
}

declare module "fs" {
  import { fs } from "narrows";
  export default fs;
  export const readFile: typeof fs.readFile;
  export const writeFile: typeof fs.writeFile;
  export const appendFile: typeof fs.appendFile;
  export const readdir: typeof fs.readdir;
  export const exists: typeof fs.exists;
  export const access: typeof fs.access;
  export const stat: typeof fs.stat;
  export const lstat: typeof fs.lstat;
  export const mkdir: typeof fs.mkdir;
  export const rm: typeof fs.rm;
  export const rmdir: typeof fs.rmdir;
  export const unlink: typeof fs.unlink;
  export const rename: typeof fs.rename;
  export const copyFile: typeof fs.copyFile;
  export const constants: typeof fs.constants;
  export const promises: typeof fs.promises;
}

declare module "fs/promises" {
  export * from "fs";
  export { default } from "fs";
}

declare module "node:fs" {
  export * from "fs";
  export { default } from "fs";
}

declare module "node:fs/promises" {
  export * from "fs";
  export { default } from "fs";
}
