// What scripts have without importing it. Written by `narrows types`, each time anew.

declare var fs: typeof import("narrows").fs;
declare var searchTools: typeof import("narrows").searchTools;
declare var callMCPTool: typeof import("narrows").callMCPTool;
declare var contentOf: typeof import("narrows").contentOf;
declare var readResource: typeof import("narrows").readResource;
declare var toolRegistry: typeof import("narrows").toolRegistry;
declare var results: typeof import("narrows").results;
declare var privacy: typeof import("narrows").privacy;
declare var checkpoint: typeof import("narrows").checkpoint;
declare var ToolError: typeof import("narrows").ToolError;
type ToolError = import("narrows").ToolError;
declare var UnknownOutcomeError: typeof import("narrows").UnknownOutcomeError;
type UnknownOutcomeError = import("narrows").UnknownOutcomeError;
declare var PermissionError: typeof import("narrows").PermissionError;
type PermissionError = import("narrows").PermissionError;
declare var NetworkError: typeof import("narrows").NetworkError;
type NetworkError = import("narrows").NetworkError;
declare var LimitError: typeof import("narrows").LimitError;
type LimitError = import("narrows").LimitError;

/** The arguments of `narrows run script.ts -- a b`. Scripts of agents have none. */
declare var args: string[];

declare var console: {
  log(...parts: unknown[]): void;
  info(...parts: unknown[]): void;
  debug(...parts: unknown[]): void;
  warn(...parts: unknown[]): void;
  error(...parts: unknown[]): void;
  trace(...parts: unknown[]): void;
  assert(holds?: unknown, ...parts: unknown[]): void;
  dir(value: unknown, options?: { depth?: number | null }): void;
  table(rows: unknown, columns?: string[]): void;
  group(...parts: unknown[]): void;
  groupCollapsed(...parts: unknown[]): void;
  groupEnd(): void;
  count(label?: string): void;
  countReset(label?: string): void;
  time(label?: string): void;
  timeLog(label?: string, ...parts: unknown[]): void;
  timeEnd(label?: string): void;
  clear(): void;
};

declare function setTimeout<A extends unknown[]>(callback: (...parts: A) => unknown, ms?: number, ...parts: A): number;
declare function setInterval<A extends unknown[]>(callback: (...parts: A) => unknown, ms?: number, ...parts: A): number;
declare function setImmediate<A extends unknown[]>(callback: (...parts: A) => unknown, ...parts: A): number;
declare function clearTimeout(timer?: number): void;
declare function clearInterval(timer?: number): void;
declare function clearImmediate(timer?: number): void;
declare function queueMicrotask(callback: () => void): void;
declare function structuredClone<T>(value: T): T;
declare function btoa(text: string): string;
declare function atob(base64: string): string;

declare var performance: {
  now(): number;
  readonly timeOrigin: number;
  mark(name: string): void;
  measure(name: string): void;
  toJSON(): { timeOrigin: number };
};

declare var crypto: {
  getRandomValues<T extends ArrayBufferView>(view: T): T;
  randomUUID(): `${string}-${string}-${string}-${string}-${string}`;
  readonly subtle: {
    digest(algorithm: string | { name: string }, data: ArrayBuffer | ArrayBufferView): Promise<ArrayBuffer>;
  };
};

declare class TextEncoder {
  readonly encoding: "utf-8";
  encode(text?: string): Uint8Array<ArrayBuffer>;
  encodeInto(text: string, destination: Uint8Array): { read: number; written: number };
}

declare class TextDecoder {
  constructor(encoding?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  readonly encoding: string;
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  decode(bytes?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string;
}

declare class URLSearchParams {
  constructor(init?: string | URLSearchParams | Record<string, string> | Iterable<[string, string]>);
  readonly size: number;
  append(name: string, value: string): void;
  delete(name: string, value?: string): void;
  get(name: string): string | null;
  getAll(name: string): string[];
  has(name: string, value?: string): boolean;
  set(name: string, value: string): void;
  sort(): void;
  forEach(callback: (value: string, name: string, params: URLSearchParams) => void, self?: unknown): void;
  entries(): IterableIterator<[string, string]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<string>;
  [Symbol.iterator](): IterableIterator<[string, string]>;
  toString(): string;
}

declare class URL {
  constructor(input: string | URL, base?: string | URL);
  static canParse(input: string | URL, base?: string | URL): boolean;
  static parse(input: string | URL, base?: string | URL): URL | null;
  href: string;
  readonly origin: string;
  protocol: string;
  username: string;
  password: string;
  host: string;
  hostname: string;
  port: string;
  pathname: string;
  search: string;
  readonly searchParams: URLSearchParams;
  hash: string;
  toString(): string;
  toJSON(): string;
}

declare class DOMException extends Error {
  constructor(message?: string, name?: string | { name?: string });
  readonly code: number;
}

declare class Event {
  constructor(type: string, options?: { cancelable?: boolean });
  readonly type: string;
  readonly cancelable: boolean;
  readonly defaultPrevented: boolean;
  readonly target: EventTarget | null;
  readonly currentTarget: EventTarget | null;
  preventDefault(): void;
  stopPropagation(): void;
  stopImmediatePropagation(): void;
}

declare class CustomEvent<T = any> extends Event {
  constructor(type: string, options?: { cancelable?: boolean; detail?: T });
  readonly detail: T;
}

type EventListener = ((event: Event) => void) | { handleEvent(event: Event): void };

declare class EventTarget {
  addEventListener(type: string, listener: EventListener | null, options?: { once?: boolean; signal?: AbortSignal }): void;
  removeEventListener(type: string, listener: EventListener | null): void;
  dispatchEvent(event: Event): boolean;
}

declare class AbortSignal extends EventTarget {
  private constructor();
  static abort(reason?: unknown): AbortSignal;
  static timeout(ms: number): AbortSignal;
  static any(signals: Iterable<AbortSignal>): AbortSignal;
  readonly aborted: boolean;
  readonly reason: any;
  onabort: ((event: Event) => void) | null;
  throwIfAborted(): void;
}

declare class AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}
