// There is no network, and the error says what to do
const names: string[] = [];
for (const door of [() => fetch('https://example.com'), () => new WebSocket('wss://example.com'), () => new XMLHttpRequest().send()]) {
  try {
    await door();
    names.push('open');
  } catch (e: any) {
    names.push(e.name);
  }
}
return names;
//= returned ["NetworkError","NetworkError","NetworkError"]
//= warning: line 3 uses the network, which cannot be reached from here; call a tool: `await searchTools("…")` finds one
//= warning: line 3 uses the network, which cannot be reached from here; call a tool: `await searchTools("…")` finds one
//= warning: line 3 uses the network, which cannot be reached from here; call a tool: `await searchTools("…")` finds one
