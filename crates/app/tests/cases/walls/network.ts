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
