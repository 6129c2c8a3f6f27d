const seen = [];
for (const door of [() => fetch('https://example.com/x'), () => new WebSocket('ws://x'), () => new XMLHttpRequest(), () => require('fs')]) {
  try {
    await door();
  } catch (error) {
    seen.push(`${error}`);
  }
}
return [...seen, typeof process, typeof Buffer, typeof window];
// expect: returned ["NetworkError: fetch of https://example.com/x is not possible: scripts have no network; call a tool instead: import it from './servers/…', or find one with searchTools(query)",
// expect: "NetworkError: WebSocket is not possible: scripts have no network; call a tool instead: import it from './servers/…', or find one with searchTools(query)",
// expect: "NetworkError: XMLHttpRequest is not possible: scripts have no network; call a tool instead: import it from './servers/…', or find one with searchTools(query)",
// expect: "ReferenceError: require('fs') is not possible: `fs` is a global here: await fs.readFile(path, 'utf-8')","undefined","undefined","undefined"]
